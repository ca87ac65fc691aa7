import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import type { Channel, ChannelDeps, Message } from './channel.ts';
import { httpShared, webAddress } from './common.ts';
import { httpChannel } from './http.ts';

const isKey = (text: string): boolean => {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const { length } = Buffer.from(text.slice(6), 'base64');
  return length >= 24 && length <= 64;
};
const key = secret().refine(isKey, 'must be whsec_ and 24 to 64 bytes in base64');

export const webhookConfig = z.strictObject({
  driver: z.literal('webhook').describe('a receiver of Standard Webhooks'),
  ...httpShared,
  url: secret()
    .refine(...webAddress)
    .describe('address of the receiver; it is not shown, since some carry a key'),
  secret: key.describe('key of the signatures, as `whsec_…`; `vigilstream hooks secret` makes one'),
  previousSecret: key
    .optional()
    .describe('the key before, with which messages are signed as well while receivers change over'),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;

/** Signature of Standard Webhooks 1.0.0 over `id.timestamp.body`; the timestamp is in seconds. */
export function signatureOf(whsec: string, id: string, timestamp: number, body: string): string {
  const bytes = Buffer.from(whsec.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Body of a webhook: what happened, when, and the alert. */
export function webhookBody(message: Message): string {
  const { at, from, to, ...rest } = message;
  return JSON.stringify({
    type: 'alert.fired',
    timestamp: new Date(at).toISOString(),
    data: { ...rest, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  });
}

/** A receiver of Standard Webhooks 1.0.0: the id is that of the alert, the same in every attempt. */
export function createWebhook(config: WebhookConfig, deps: ChannelDeps): Channel {
  const keys = [config.secret, ...(config.previousSecret === undefined ? [] : [config.previousSecret])];
  return httpChannel(config, deps, (message) => {
    const body = webhookBody(message);
    const seconds = Math.floor(deps.clock.now() / 1000);
    return {
      body,
      headers: {
        'webhook-id': message.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': keys.map((one) => signatureOf(one, message.id, seconds, body)).join(' '),
      },
    };
  });
}
