import { sha256Hex } from '../../shared/ids.ts';
import { post, retryAfterMs } from '../safe-fetch.ts';
import type { Attempt, Channel, ChannelDeps, Message } from './channel.ts';

type HttpConfig = {
  readonly name: string;
  readonly driver: string;
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly allowPrivate: boolean;
};

type Content = { readonly body: string; readonly headers?: Readonly<Record<string, string>> };

/**
 * A channel that posts JSON. 2xx is delivered, 410 is gone, anything else has failed; 3xx is not followed.
 * @param identity what, beside the address, makes the receiver another one.
 */
export function httpChannel(
  config: HttpConfig,
  { clock, resolve }: ChannelDeps,
  contentOf: (message: Message) => Content,
  { spacingMs = 0, identity = '' }: { spacingMs?: number; identity?: string } = {},
): Channel {
  const { name, driver, url, timeoutSeconds, allowPrivate } = config;
  return {
    name,
    driver,
    target: sha256Hex(`${driver} ${url} ${identity}`, 16),
    spacingMs,
    async send(message, signal): Promise<Attempt> {
      const content = contentOf(message);
      const answer = await post({
        url,
        ...content,
        timeoutMs: timeoutSeconds * 1000,
        allowPrivate,
        resolve,
        signal,
      });
      if (!answer.ok) return { outcome: 'failed', reason: answer.reason, status: 0 };
      const { status } = answer;
      if (status >= 200 && status < 300) return { outcome: 'delivered', status };
      if (status === 410) return { outcome: 'gone', status };
      const wait = retryAfterMs(answer.retryAfter, clock.now());
      const reason = status === 429 ? 'rate-limited' : status >= 300 && status < 400 ? 'redirect' : 'status';
      return { outcome: 'failed', reason, status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
    },
  };
}
