import { z } from 'zod';
import type { Channel, ChannelDeps, Message } from './channel.ts';
import { secret } from '../../shared/secret.ts';
import { httpShared, webAddress } from './common.ts';
import { httpChannel } from './http.ts';

export const alertmanagerConfig = z.strictObject({
  driver: z.literal('alertmanager').describe('API v2 of Alertmanager'),
  ...httpShared,
  url: z
    .string()
    .refine(...webAddress)
    .describe('address of Alertmanager, such as http://alertmanager:9093'),
  token: secret().optional().describe('bearer token, where a proxy asks for one'),
  keepMinutes: z
    .int()
    .min(1)
    .max(10_080)
    .default(60)
    .describe('so long after it was sent, Alertmanager takes the alert for resolved'),
});
export type AlertmanagerConfig = z.infer<typeof alertmanagerConfig>;

/**
 * Body for `POST /api/v2/alerts`: one alert whose labels are the same in every attempt. It ends at `endsAt` (ms since
 * 1970), which must lie ahead when it arrives: Alertmanager tells nobody of an alert that has ended.
 */
export function alertmanagerBody(message: Message, endsAt: number): string {
  const { id, rule, severity, product, term, source, at, people, posts } = message;
  const labels = {
    alertname: rule,
    severity,
    alert_id: id,
    service: 'vigilstream',
    ...(product ? { product: product.name } : {}),
    ...(term ? { term: term.name } : {}),
    ...(source === null ? {} : { source }),
  };
  return JSON.stringify([
    {
      labels,
      annotations: {
        title: message.title,
        summary: message.summary,
        people: String(people),
        posts: String(posts),
        [message.statistic.replaceAll(/\W/g, '_')]: String(message.value),
        examples: message.examples.map((example) => example.id).join(' '),
        ...(message.examples.some(({ text }) => text !== undefined)
          ? { texts: message.examples.map(({ text }) => text ?? '').join('\n---\n') }
          : {}),
      },
      startsAt: new Date(at).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
      generatorURL: message.link,
    },
  ]);
}

/** Alertmanager's API v2. */
export function createAlertmanager(config: AlertmanagerConfig, deps: ChannelDeps): Channel {
  const url = `${config.url.replace(/\/+$/, '')}/api/v2/alerts`;
  return httpChannel({ ...config, url }, deps, (message) => ({
    body: alertmanagerBody(message, Math.max(message.at, deps.clock.now()) + config.keepMinutes * 60_000),
    ...(config.token === undefined ? {} : { headers: { authorization: `Bearer ${config.token}` } }),
  }));
}
