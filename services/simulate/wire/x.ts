import type { Account } from '../accounts.ts';
import type { Item } from '../item.ts';
import { snowflake } from '../native-ids.ts';
import { hashOf } from '../random.ts';
import { escapeText, segmentsOf, shortened } from './segments.ts';
import type { Encoder } from './wire.ts';

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}.000Z`;
const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** X's own short address of a link. */
function shortLink(link: string): string {
  let bits = hashOf('t.co', link);
  let code = 'SIM';
  for (let i = 0; i < 7; i++) {
    code += letters[bits % 62] as string;
    bits = hashOf(bits, i);
  }
  return `https://t.co/${code}`;
}

type Body = { readonly text: string; readonly shown: string; readonly entities: object | undefined };

/** Text with short links and escapes, and the entities with offsets in code points of the escaped text. */
function bodyOf(plain: string): Body {
  const segments = segmentsOf(plain);
  if (segments.length === 1 && segments[0]?.kind === 'plain') {
    return { text: escapeText(plain), shown: plain, entities: undefined };
  }
  const urls: object[] = [];
  const mentions: object[] = [];
  const hashtags: object[] = [];
  let text = '';
  let shown = '';
  let start = 0;
  for (const segment of segments) {
    const visible = segment.kind === 'link' ? shortLink(segment.text) : segment.text;
    const escaped = escapeText(visible);
    const end = start + codePoints(escaped);
    if (segment.kind === 'link') {
      urls.push({
        start,
        end,
        url: visible,
        expanded_url: segment.text,
        display_url: shortened(segment.text),
      });
    } else if (segment.kind === 'mention') mentions.push({ start, end, username: segment.text.slice(1) });
    else if (segment.kind === 'tag') hashtags.push({ start, end, tag: segment.text.slice(1) });
    text += escaped;
    shown += visible;
    start = end;
  }
  const entities = {
    ...(urls.length > 0 ? { urls } : {}),
    ...(hashtags.length > 0 ? { hashtags } : {}),
    ...(mentions.length > 0 ? { mentions } : {}),
  };
  return { text, shown, entities };
}

const userOf = (account: Account): object => ({
  id: account.id,
  name: account.displayName,
  username: account.handle,
  created_at: seconds(account.joined),
  description: account.automated ? 'automated account' : '',
  protected: false,
  verified: false,
  public_metrics: {
    followers_count: account.followers,
    following_count: hashOf(account.id, 'following') % 1500,
    tweet_count: hashOf(account.id, 'posts') % 40_000,
    listed_count: hashOf(account.id, 'lists') % 20,
  },
});

const latest = (item: Item): string => item.versions.at(-1) as string;
/** Nobody has seen the post yet when a stream delivers it. */
const unnoticed = Object.fromEntries(
  ['retweet', 'reply', 'like', 'quote', 'impression'].map((name) => [`${name}_count`, 0]),
);
const sources = ['Twitter for iPhone', 'Twitter for Android', 'Twitter Web App'];

/** A post as `data` and in `includes.tweets`. */
function tweetOf(item: Item): { tweet: object; shown: string } {
  const repost = item.kind === 'repost' && item.original ? item.original : undefined;
  const body = bodyOf(repost ? repost.text : item.text);
  const whole = repost ? `RT @${repost.account.handle}: ${body.text}` : body.text;
  const limit = repost ? 140 : 280;
  const long = codePoints(whole) > limit;
  const made = item.editedAt ?? item.at;
  const references = [
    ...(item.kind === 'reply' && item.parent ? [{ type: 'replied_to', id: latest(item.parent) }] : []),
    ...(repost ? [{ type: 'retweeted', id: latest(repost) }] : []),
    ...(item.kind === 'quote' && item.original ? [{ type: 'quoted', id: latest(item.original) }] : []),
  ];
  const tweet = {
    author_id: item.account.id,
    conversation_id: item.root?.id ?? item.id,
    created_at: seconds(made),
    edit_controls: {
      edits_remaining: 6 - item.versions.length,
      is_edit_eligible: !repost && item.kind !== 'reply',
      editable_until: seconds(item.at + 3_600_000),
    },
    edit_history_tweet_ids: item.versions,
    ...(body.entities && !repost ? { entities: body.entities } : {}),
    id: latest(item),
    ...(item.kind === 'reply' && item.parent ? { in_reply_to_user_id: item.parent.account.id } : {}),
    lang: item.draft.lang,
    ...(long && !repost
      ? { note_tweet: { text: whole, ...(body.entities ? { entities: body.entities } : {}) } }
      : {}),
    possibly_sensitive: false,
    public_metrics: unnoticed,
    ...(references.length > 0 ? { referenced_tweets: references } : {}),
    reply_settings: 'everyone',
    source: sources[hashOf(item.account.id) % sources.length],
    text: long
      ? `${Array.from(whole)
          .slice(0, limit - 1)
          .join('')}…`
      : whole,
  };
  return { tweet, shown: body.shown };
}

/** Lines of X's filtered stream (API v2), and between them the events of its compliance stream. */
export const xEncoder: Encoder = {
  format: 'x-v2',
  platform: 'x',
  newId: snowflake,
  precisionMs: 1000,
  edits: true,
  reposts: 'full',
  quotes: true,
  idPerVersion: true,
  citedId: (item) => item.id,
  post(item) {
    const { tweet, shown } = tweetOf(item);
    const others = [item.parent, item.original].filter((other) => other !== undefined);
    const users = new Map([item, ...others].map((other) => [other.account.id, userOf(other.account)]));
    const includes = {
      users: [...users.values()],
      ...(others.length > 0 ? { tweets: others.map((other) => tweetOf(other).tweet) } : {}),
    };
    const rules = [{ id: '1700000000000000001', tag: item.draft.topic === 'health' ? 'products' : 'sample' }];
    return { bytes: `${JSON.stringify({ data: tweet, includes, matching_rules: rules })}\r\n`, shown };
  },
  deletion: (item, at) =>
    `${JSON.stringify({
      data: {
        tweet_delete: {
          tweet: { id: item.id, author_id: item.account.id },
          event_at: new Date(at).toISOString(),
        },
      },
    })}\r\n`,
  accountDeletion: (account, at) =>
    `${JSON.stringify({ data: { user_delete: { user: { id: account.id }, event_at: new Date(at).toISOString() } } })}\r\n`,
  noise: () => ({ bytes: '\r\n', reason: undefined }),
};
