import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import type { Channel, ChannelDeps, Message } from './channel.ts';
import { httpShared, webAddress } from './common.ts';
import { httpChannel } from './http.ts';

export const pagerDutyConfig = z.strictObject({
  driver: z.literal('pagerduty').describe('Events API v2 of PagerDuty'),
  ...httpShared,
  url: z
    .string()
    .refine(...webAddress)
    .default('https://events.pagerduty.com/v2/enqueue')
    .describe('address of Events API v2; the EU has https://events.eu.pagerduty.com/v2/enqueue'),
  routingKey: secret()
    .refine((text) => /^[A-Za-z0-9]{32}$/.test(text), 'must be the 32 characters of an integration key')
    .describe('integration key of the service'),
});
export type PagerDutyConfig = z.infer<typeof pagerDutyConfig>;

/** Body of an event of PagerDuty's Events API v2; the alert's id is the key by which repetitions are one incident. */
export function pagerDutyBody(message: Message, routingKey: string): string {
  const { id, title, summary, severity, at, product, term, source, people, posts, statistic, value } =
    message;
  return JSON.stringify({
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: id,
    client: 'vigilstream',
    client_url: message.link,
    payload: {
      summary: `${title}: ${summary}`.slice(0, 1024),
      source: source ?? 'vigilstream',
      severity,
      timestamp: new Date(at).toISOString(),
      class: message.rule,
      custom_details: {
        product: product?.name ?? null,
        term: term?.name ?? null,
        people,
        posts,
        statistic,
        value,
        examples: message.examples,
      },
    },
    links: [{ href: message.link, text: 'Open in vigilstream' }],
  });
}

/** Events API v2 of PagerDuty. */
export function createPagerDuty(config: PagerDutyConfig, deps: ChannelDeps): Channel {
  const contentOf = (message: Message) => ({ body: pagerDutyBody(message, config.routingKey) });
  return httpChannel(config, deps, contentOf, { identity: config.routingKey });
}
