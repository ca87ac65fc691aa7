import { editRevision, type Json, secondsOf, stringOf } from '../text/fields.ts';
import { unescapeText } from '../text/html.ts';
import { dropped, type Format, type Outcome, type ParseContext } from './format.ts';

const gone = (value: unknown): boolean =>
  value === '[deleted]' || value === '[removed]' || value === '[ Removed by Reddit ]';

/** `t1_…` and `t3_…` as they are; numbers (some dumps decode them) back to Reddit's base 36. */
function fullName(value: unknown, prefix: 't1' | 't3'): string | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value > 0 ? `${prefix}_${value.toString(36)}` : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  return /^t[1-6]_/.test(value) ? value : `${prefix}_${value}`;
}

/** Address of a submission or comment that names nobody; undefined where the ids are not Reddit's. */
function permalinkOf(submission: string, comment: string | undefined): string | undefined {
  const ids = comment === undefined ? [submission] : [submission, comment];
  if (!ids.every((id) => /^[a-z0-9]{1,16}$/i.test(id))) return undefined;
  return `https://www.reddit.com/comments/${ids.join('/_/')}`;
}

/** Markdown says where its links lead; the reader of the text needs only the words. */
const withoutTargets = (text: string): string => text.replace(/\]\((?=https?:\/\/)/g, '] (');

function parseThing(value: Json, context: ParseContext): Outcome {
  const comment = value['body'] !== undefined;
  const prefix = comment ? 't1' : 't3';
  const id = fullName(value['id'], prefix) ?? fullName(value['name'], prefix);
  if (id === undefined) return dropped('no-id');
  const body = comment ? value['body'] : value['selftext'];
  const createdAt = secondsOf(value['created_utc']);
  if (gone(body) || (!comment && gone(value['title']))) {
    const retrieved = [secondsOf(value['retrieved_utc']), secondsOf(value['retrieved_on'])];
    const at = retrieved.find((time) => !Number.isNaN(time)) ?? context.now;
    return { type: 'deletion', platform: 'reddit', ref: { id }, reason: 'deleted', at };
  }
  const author = stringOf(value['author']);
  if (author === undefined || gone(author)) return dropped('no-author');
  if (value['subreddit_type'] === 'private') return dropped('protected');

  const title = comment ? undefined : stringOf(value['title']);
  const words = stringOf(body);
  const text = [title, words].filter((part) => part !== undefined).join('\n');
  const edited = secondsOf(value['edited']);
  const thread = comment ? fullName(value['link_id'], 't3') : undefined;
  const parent = comment ? (fullName(value['parent_id'], 't1') ?? thread) : undefined;
  const crosspost = comment ? undefined : fullName(value['crosspost_parent'], 't3');
  const joined = secondsOf(value['author_created_utc']);
  const url = stringOf(value['url']);
  const bare = id.slice(3);
  const permalink = permalinkOf(thread?.slice(3) ?? bare, comment ? bare : undefined);
  return {
    type: 'post',
    platform: 'reddit',
    ref: { id },
    kind: comment ? 'comment' : crosspost === undefined ? 'post' : 'repost',
    revision: Number.isNaN(edited) ? 0 : editRevision(createdAt, edited),
    text: withoutTargets(unescapeText(text)),
    createdAt,
    author: {
      id: author.toLowerCase(),
      automated: author === 'AutoModerator' || value['distinguished'] === 'admin',
      ...(Number.isNaN(joined) ? {} : { createdAt: joined }),
    },
    links:
      !comment && url !== undefined && !/^https?:\/\/(www\.|old\.)?reddit\.com\//i.test(url) ? [url] : [],
    sensitive: value['over_18'] === true,
    ...(Number.isNaN(edited) ? {} : { editedAt: edited }),
    ...(permalink === undefined ? {} : { permalink }),
    ...(thread === undefined ? {} : { thread: { id: thread } }),
    ...(parent === undefined ? {} : { replyTo: { id: parent } }),
    ...(crosspost === undefined ? {} : { repostOf: { id: crosspost } }),
  };
}

/**
 * Reddit as Pushshift's dumps and interfaces write it: submissions and comments, one object each.
 * A record that shows `[deleted]` or `[removed]` tells that the post is gone, so it is a deletion; one
 * whose author alone is gone is left out, because the account was deleted.
 */
export const pushshift: Format = {
  platform: 'reddit',
  matches: (value) =>
    (value['subreddit'] !== undefined ||
      value['subreddit_id'] !== undefined ||
      value['link_id'] !== undefined) &&
    (value['body'] !== undefined || value['selftext'] !== undefined || value['title'] !== undefined),
  parse: (value, context) => [parseThing(value, context)],
};
