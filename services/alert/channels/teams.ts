import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import type { Channel, ChannelDeps, Message } from './channel.ts';
import { httpShared, webAddress } from './common.ts';
import { httpChannel } from './http.ts';

export const teamsConfig = z.strictObject({
  driver: z.literal('teams').describe('a workflow webhook of Microsoft Teams'),
  ...httpShared,
  url: secret()
    .refine(...webAddress)
    .describe('address of the workflow (“when a Teams webhook request is received”); it is not shown'),
});
export type TeamsConfig = z.infer<typeof teamsConfig>;

const colours = { info: 'accent', warning: 'warning', critical: 'attention' } as const;
/** Adaptive Cards read some Markdown; what came from outside is shown as it is. */
const safe = (text: string): string => text.replaceAll(/[\\`*_{}[\]()#+!|~<>]/g, '\\$&');
/** An address is written as it is, but for the brackets that would end the link. */
const safeLink = (url: string): string => url.replaceAll('(', '%28').replaceAll(')', '%29');
const block = (text: string, more: object = {}): object => ({ type: 'TextBlock', text, wrap: true, ...more });

/** Body for a workflow webhook of Microsoft Teams: one Adaptive Card. */
export function teamsBody(message: Message): string {
  const { title, summary, severity, people, posts, link, examples } = message;
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      block(safe(title), { size: 'large', weight: 'bolder', color: colours[severity] }),
      block(safe(summary)),
      {
        type: 'FactSet',
        facts: [
          { title: 'People', value: String(people) },
          { title: 'Posts', value: String(posts) },
          { title: message.statistic, value: message.value.toFixed(2) },
          { title: 'Alert', value: message.id },
        ],
      },
      ...examples.map(({ id, link: to, text }) =>
        block(`[${safe(id)}](${safeLink(to)})${text ? `  \n${safe(text.slice(0, 500))}` : ''}`),
      ),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open in vigilstream', url: link }],
  };
  return JSON.stringify({
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  });
}

/** A workflow of Microsoft Teams; it takes four requests a second. */
export function createTeams(config: TeamsConfig, deps: ChannelDeps): Channel {
  return httpChannel(config, deps, (message) => ({ body: teamsBody(message) }), { spacingMs: 300 });
}
