import type { Item } from '../item.ts';
import { redditId } from '../native-ids.ts';
import { hashOf } from '../random.ts';
import { escapeText } from './segments.ts';
import type { Encoder } from './wire.ts';

const unix = (at: number): number => Math.floor(at / 1000);

/** Pushshift writes everything beyond ASCII as escapes. */
const ascii = (json: string): string =>
  json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const isComment = (item: Item): boolean => item.kind === 'comment';

/** Markdown as Reddit gives it out: `&`, `<` and `>` escaped. */
function thing(item: Item, retrieved: number, removed: boolean): string {
  const { account, place } = item;
  const made = unix(item.at);
  const gone = removed ? '[deleted]' : undefined;
  const common = {
    all_awardings: [],
    archived: false,
    author: gone ?? account.handle,
    ...(removed
      ? {}
      : {
          author_created_utc: unix(account.joined),
          author_fullname: `t2_${hashOf(account.id).toString(36)}`,
        }),
    author_flair_text: null,
    author_premium: false,
    created_utc: made,
    distinguished: null,
    edited: item.editedAt === undefined ? false : unix(item.editedAt),
    gilded: 0,
    id: item.id,
    locked: false,
    retrieved_on: unix(retrieved),
    score: 1,
    send_replies: true,
    stickied: false,
    subreddit: place,
    subreddit_id: `t5_${hashOf(place).toString(36)}`,
    subreddit_type: 'public',
  };
  const title = item.title ?? item.root?.title ?? '';
  const slug = title.toLowerCase().replace(/\W+/g, '_').slice(0, 50);
  if (isComment(item)) {
    const link = item.root?.id ?? redditId(item.at - 3_600_000, 5);
    const parent = item.parent && item.parent !== item.root ? `t1_${item.parent.id}` : `t3_${link}`;
    return ascii(
      JSON.stringify({
        ...common,
        body: gone ?? escapeText(item.text),
        controversiality: 0,
        is_submitter: false,
        link_id: `t3_${link}`,
        parent_id: parent,
        permalink: `/r/${place}/comments/${link}/${slug}/${item.id}/`,
      }),
    );
  }
  return ascii(
    JSON.stringify({
      ...common,
      domain: `self.${place}`,
      is_self: true,
      num_comments: 0,
      over_18: false,
      permalink: `/r/${place}/comments/${item.id}/${slug}/`,
      selftext: gone ?? escapeText(item.text),
      title: escapeText(item.title ?? ''),
      url: `https://www.reddit.com/r/${place}/comments/${item.id}/${slug}/`,
    }),
  );
}

/** Submissions and comments as Pushshift's dumps write them; a deletion is the same record, emptied. */
export const redditEncoder: Encoder = {
  format: 'pushshift',
  platform: 'reddit',
  newId: redditId,
  precisionMs: 1000,
  edits: true,
  reposts: 'none',
  quotes: false,
  idPerVersion: false,
  citedId: (item) => `${isComment(item) ? 't1' : 't3'}_${item.id}`,
  post(item) {
    const shown = isComment(item) ? item.text : `${item.title ?? ''}\n${item.text}`;
    return { bytes: `${thing(item, (item.editedAt ?? item.at) + 30_000, false)}\n`, shown };
  },
  deletion: (item, at) => `${thing(item, at, true)}\n`,
  accountDeletion: () => undefined,
  noise: () => undefined,
};
