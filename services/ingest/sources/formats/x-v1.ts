import type { RawDeletion } from '../../source.ts';
import { arrayOf, idOf, isObject, type Json, numberOf, objectOf, stringOf, timeOf } from '../text/fields.ts';
import { unescapeText } from '../text/html.ts';
import { dropped, type Format, type Outcome, type ParseContext } from './format.ts';
import { expandedLinks, timeOfSnowflake } from './x-v2.ts';

/** The exact id: `id_str`, or a numeric `id` small enough to have survived its way through JSON. */
const exactId = (value: Json | undefined, key = 'id'): string | undefined =>
  stringOf(value?.[`${key}_str`]) ?? idOf(value?.[key]);

/** Text of a status of any age: 140 characters, extended in a stream, extended in a response. */
function textOf(status: Json): { text: string; truncated: boolean } {
  const whole = stringOf(objectOf(status['extended_tweet'])?.['full_text']) ?? stringOf(status['full_text']);
  const text = whole ?? stringOf(status['text']) ?? '';
  return { text: unescapeText(text), truncated: whole === undefined && status['truncated'] === true };
}

const entitiesOf = (status: Json): unknown =>
  objectOf(status['extended_tweet'])?.['entities'] ?? status['entities'];

function parseStatus(status: Json): Outcome {
  const id = exactId(status);
  if (id === undefined) return dropped('no-id');
  const user = objectOf(status['user']);
  const authorId = exactId(user);
  if (!user || authorId === undefined) return dropped('no-author');
  if (user['protected'] === true) return dropped('protected');
  const original = objectOf(status['retweeted_status']);
  const quotedId = stringOf(status['quoted_status_id_str']) ?? exactId(objectOf(status['quoted_status']));
  const repliedId = exactId(status, 'in_reply_to_status_id');
  const repostOf = exactId(original) ?? quotedId;
  const { text, truncated } = textOf(original ?? status);
  const stated = timeOf(status['created_at']);
  const joined = timeOf(user['created_at']);
  const followers = numberOf(user['followers_count']);
  const lang = stringOf(status['lang']);
  const country = stringOf(objectOf(status['place'])?.['country_code']);
  const kind = original
    ? 'repost'
    : repliedId !== undefined
      ? 'reply'
      : quotedId !== undefined
        ? 'quote'
        : 'post';
  return {
    type: 'post',
    platform: 'x',
    ref: { id },
    kind,
    revision: 0,
    text,
    createdAt: Number.isNaN(stated) ? timeOfSnowflake(id) : stated,
    author: {
      id: authorId,
      ...(followers === undefined ? {} : { followers }),
      ...(Number.isNaN(joined) ? {} : { createdAt: joined }),
    },
    links: expandedLinks(entitiesOf(original ?? status)),
    permalink: `https://x.com/i/web/status/${id}`,
    sensitive: status['possibly_sensitive'] === true,
    truncated,
    ...(lang === undefined ? {} : { lang }),
    ...(country === undefined ? {} : { country }),
    ...(repliedId === undefined ? {} : { replyTo: { id: repliedId } }),
    ...(repostOf === undefined ? {} : { repostOf: { id: repostOf } }),
  };
}

/** When a notice says it happened; some carry milliseconds in digits, most nothing. */
function noticeTime(notice: Json, context: ParseContext): number {
  const stated = stringOf(notice['timestamp_ms']);
  return stated !== undefined && /^\d{10,14}$/.test(stated) ? Number(stated) : context.now;
}

const accountNotices: Record<string, RawDeletion['reason']> = {
  user_delete: 'account-deleted',
  user_protect: 'protected',
  user_suspend: 'suspended',
  user_withheld: 'withheld',
};
/** `scrub_geo` takes coordinates off posts that stay, and none are kept here; the `user_un…` undo a notice. */
const quietNotices = [
  'scrub_geo',
  'user_undelete',
  'user_unprotect',
  'user_unsuspend',
  'limit',
  'warning',
  'disconnect',
];
const otherNotices = [...quietNotices, 'friends', 'friends_str', 'event', 'control', 'for_user'];

/** A notice between the statuses of a stream, or undefined when the message is none. */
function parseNotice(value: Json, context: ParseContext): Outcome | undefined {
  const removed = objectOf(value['delete']);
  if (removed) {
    const id = exactId(objectOf(removed['status']));
    return id === undefined
      ? dropped('no-id')
      : { type: 'deletion', platform: 'x', ref: { id }, reason: 'deleted', at: noticeTime(removed, context) };
  }
  const withheld = objectOf(value['status_withheld']);
  if (withheld) {
    const id = exactId(withheld);
    return id === undefined
      ? dropped('no-id')
      : {
          type: 'deletion',
          platform: 'x',
          ref: { id },
          reason: 'withheld',
          at: noticeTime(withheld, context),
        };
  }
  for (const [name, reason] of Object.entries(accountNotices)) {
    const notice = objectOf(value[name]);
    if (!notice) continue;
    const authorId = exactId(notice);
    return authorId === undefined
      ? dropped('no-id')
      : { type: 'deletion', platform: 'x', authorId, reason, at: noticeTime(notice, context) };
  }
  return otherNotices.some((name) => value[name] !== undefined) ? dropped('not-a-post') : undefined;
}

const objectNotices = ['delete', 'status_withheld', ...Object.keys(accountNotices), ...quietNotices];

const isNotice = (value: Json): boolean =>
  objectNotices.some((name) => isObject(value[name])) ||
  Array.isArray(value['friends']) ||
  Array.isArray(value['friends_str']);

/** X API v1.1: statuses as streamed and archived, and the notices between them. */
export const xV1: Format = {
  platform: 'x',
  matches: (value) =>
    (value['id_str'] !== undefined && (value['text'] !== undefined || value['full_text'] !== undefined)) ||
    (isObject(value['user']) && typeof value['retweet_count'] === 'number') ||
    Array.isArray(value['statuses']) ||
    isNotice(value),
  parse(value, context) {
    if (Array.isArray(value['statuses'])) {
      const statuses = arrayOf(value['statuses']);
      if (statuses.length === 0) return [dropped('not-a-post')];
      return statuses.map((status) => (isObject(status) ? parseStatus(status) : dropped('not-a-post')));
    }
    return [parseNotice(value, context) ?? parseStatus(value)];
  },
};
