import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import type { Channel, ChannelDeps, Message } from './channel.ts';
import { httpShared, webAddress } from './common.ts';
import { httpChannel } from './http.ts';

export const slackConfig = z.strictObject({
  driver: z.literal('slack').describe('an incoming webhook of Slack'),
  ...httpShared,
  url: secret()
    .refine(...webAddress)
    .describe('address of the incoming webhook; it is the key to the channel and not shown'),
});
export type SlackConfig = z.infer<typeof slackConfig>;

/** Slack reads `&`, `<` and `>` as marks, and takes at most 3,000 characters in a section. */
const safe = (text: string, most = 2900): string =>
  text.slice(0, most).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const marks = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' } as const;

function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

/** Body for an incoming webhook of Slack, in Block Kit; at most 50 blocks. */
export function slackBody(message: Message): string {
  const { title, summary, severity, people, posts, link, examples } = message;
  const fields = [
    ['People', String(people)],
    ['Posts', String(posts)],
    [message.statistic, message.value.toFixed(2)],
  ].map(([name, value]) => ({ type: 'mrkdwn', text: `*${safe(name ?? '')}*\n${safe(value ?? '')}` }));
  const lists = examples
    .slice(0, 20)
    .map(({ id, link: to, text }) =>
      section(`<${safe(to)}|${safe(id)}>${text ? `\n>${safe(text, 500).replaceAll('\n', '\n>')}` : ''}`),
    );
  return JSON.stringify({
    text: `${safe(title)}: ${safe(summary)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150), emoji: false } },
      section(`${marks[severity]} ${safe(summary)}`),
      { type: 'section', fields },
      ...lists,
      section(`<${safe(link)}|Open in vigilstream>`),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `${message.rule} · ${message.id}` }] },
    ],
  });
}

/** An incoming webhook of Slack; at most one message a second. */
export function createSlack(config: SlackConfig, deps: ChannelDeps): Channel {
  return httpChannel(config, deps, (message) => ({ body: slackBody(message) }), { spacingMs: 1000 });
}
