import type { Account } from '../accounts.ts';
import type { Item } from '../item.ts';
import { mastodonId } from '../native-ids.ts';
import { hashOf } from '../random.ts';
import { escapeHtml, segmentsOf } from './segments.ts';
import type { Encoder } from './wire.ts';

const home = 'social.example';
const iso = (at: number): string => new Date(at).toISOString();
const day = (at: number): string => iso(at).slice(0, 10);
const nameOf = (handle: string): string => handle.split('@')[0] as string;
const hostOf = (handle: string): string => handle.split('@')[1] ?? home;

function linkHtml(link: string): string {
  const [, scheme = '', rest = ''] = /^(https?:\/\/(?:www\.)?)(.*)$/.exec(link) ?? [];
  const head = escapeHtml(rest.slice(0, 30));
  const tail = escapeHtml(rest.slice(30));
  const shown = tail === '' ? `<span class="">${head}</span>` : `<span class="ellipsis">${head}</span>`;
  return `<a href="${escapeHtml(link)}" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">${scheme}</span>${shown}<span class="invisible">${tail}</span></a>`;
}

/** The HTML that Mastodon makes of a text: paragraphs, line ends, cards of people, hashtags, links. */
function contentOf(text: string): string {
  const html = segmentsOf(text)
    .map(({ kind, text: plain }) => {
      const name = plain.slice(1);
      if (kind === 'mention') {
        return `<span class="h-card" translate="no"><a href="https://${hostOf(name)}/@${nameOf(name)}" class="u-url mention">@<span>${nameOf(name)}</span></a></span>`;
      }
      if (kind === 'tag') {
        return `<a href="https://${home}/tags/${name.toLowerCase()}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`;
      }
      return kind === 'link' ? linkHtml(plain) : escapeHtml(plain);
    })
    .join('');
  return `<p>${html.replaceAll('\n\n', '</p><p>').replaceAll('\n', '<br />')}</p>`;
}

/** What a reader sees: names without their instance. */
const shownOf = (text: string): string =>
  segmentsOf(text)
    .map((segment) => (segment.kind === 'mention' ? `@${nameOf(segment.text.slice(1))}` : segment.text))
    .join('');

const accountNumber = (account: Account): string => `10${String(hashOf(account.id)).padStart(10, '0')}`;

function accountOf(account: Account, at: number): object {
  const name = nameOf(account.handle);
  const host = hostOf(account.handle);
  return {
    id: accountNumber(account),
    username: name,
    acct: host === home ? name : account.handle,
    display_name: account.displayName,
    locked: false,
    bot: account.automated,
    discoverable: true,
    group: false,
    created_at: `${day(account.joined)}T00:00:00.000Z`,
    note: account.automated ? '<p>posts by program</p>' : '<p></p>',
    url: `https://${host}/@${name}`,
    avatar: `https://files.${home}/avatars/original/missing.png`,
    header: `https://files.${home}/headers/original/missing.png`,
    followers_count: account.followers,
    following_count: hashOf(account.id, 'following') % 900,
    statuses_count: hashOf(account.id, 'posts') % 9000,
    last_status_at: day(at),
    emojis: [],
    fields: [],
  };
}

function statusOf(item: Item): object {
  const { account, parent, original } = item;
  const name = nameOf(account.handle);
  const host = hostOf(account.handle);
  const reblog = item.kind === 'repost' && original ? original : undefined;
  const mentions = segmentsOf(item.text).filter((segment) => segment.kind === 'mention');
  const tags = segmentsOf(item.text).filter((segment) => segment.kind === 'tag');
  return {
    id: item.id,
    created_at: iso(item.at),
    in_reply_to_id: parent?.id ?? null,
    in_reply_to_account_id: parent ? accountNumber(parent.account) : null,
    sensitive: false,
    spoiler_text: '',
    visibility: 'public',
    language: item.draft.lang,
    uri: `https://${host}/users/${name}/statuses/${item.id}`,
    url: `https://${host}/@${name}/${item.id}`,
    replies_count: 0,
    reblogs_count: 0,
    favourites_count: 0,
    edited_at: item.editedAt === undefined ? null : iso(item.editedAt),
    content: reblog ? contentOf(reblog.text) : contentOf(item.text),
    reblog: reblog ? statusOf(reblog) : null,
    account: accountOf(account, item.at),
    media_attachments: [],
    mentions: reblog
      ? []
      : mentions.map(({ text }) => ({
          id: String(hashOf(text)),
          username: nameOf(text.slice(1)),
          url: `https://${hostOf(text.slice(1))}/@${nameOf(text.slice(1))}`,
          acct: text.slice(1),
        })),
    tags: tags.map(({ text }) => ({
      name: text.slice(1).toLowerCase(),
      url: `https://${home}/tags/${text.slice(1).toLowerCase()}`,
    })),
    emojis: [],
    card: null,
    poll: null,
  };
}

/** Server-sent events of Mastodon's streaming interface. */
export const mastodonEncoder: Encoder = {
  format: 'mastodon-sse',
  platform: 'mastodon',
  newId: mastodonId,
  precisionMs: 1,
  edits: true,
  reposts: 'full',
  quotes: false,
  idPerVersion: false,
  citedId: (item) => item.id,
  post(item) {
    const event = item.editedAt === undefined ? 'update' : 'status.update';
    const shown = shownOf(item.kind === 'repost' && item.original ? item.original.text : item.text);
    return { bytes: `event: ${event}\ndata: ${JSON.stringify(statusOf(item))}\n\n`, shown };
  },
  deletion: (item) => `event: delete\ndata: ${item.id}\n\n`,
  accountDeletion: () => undefined,
  noise: (random) =>
    random.chance(0.8)
      ? { bytes: ':thump\n\n', reason: undefined }
      : { bytes: 'event: filters_changed\ndata: undefined\n\n', reason: 'not-a-post' },
};
