import type { NativeRef, RawDeletion } from '../../source.ts';
import { arrayOf, idOf, isObject, type Json, numberOf, objectOf, stringOf, timeOf } from '../text/fields.ts';
import { unescapeText } from '../text/html.ts';
import { dropped, type Format, type Outcome, type ParseContext, unusable } from './format.ts';

/** Users, posts and places that came along with a page, by id; each map is made when first asked for. */
type Includes = (kind: 'users' | 'tweets' | 'places', id: string | undefined) => Json | undefined;

function includesOf(value: Json): Includes {
  const all = objectOf(value['includes']);
  const maps = new Map<string, Map<string, Json>>();
  return (kind, id) => {
    if (!all || id === undefined) return undefined;
    let map = maps.get(kind);
    if (!map) {
      map = new Map();
      for (const item of arrayOf(all[kind])) {
        const key = isObject(item) ? idOf(item['id']) : undefined;
        if (key !== undefined) map.set(key, item as Json);
      }
      maps.set(kind, map);
    }
    return map.get(id);
  };
}

/** When a post of X was made, from its id (the ids count milliseconds since 2010-11-04). */
export function timeOfSnowflake(id: string): number {
  return /^\d{15,20}$/.test(id) ? Number(BigInt(id) >> 22n) + 1_288_834_974_657 : Number.NaN;
}

/** Versions of a post, oldest first. */
function chainOf(tweet: Json | undefined): string[] {
  return arrayOf(tweet?.['edit_history_tweet_ids']).filter((id): id is string => typeof id === 'string');
}

/** A post goes by the id of its first version; that is only known for posts that came with the page. */
function refTo(id: string | undefined, includes: Includes): NativeRef | undefined {
  if (id === undefined) return undefined;
  return { id: chainOf(includes('tweets', id))[0] ?? id };
}

/** Addresses behind the links of a text, without X's own photographs and quoted posts. */
export function expandedLinks(entities: unknown): string[] {
  const links: string[] = [];
  for (const url of arrayOf(objectOf(entities)?.['urls'])) {
    const address = isObject(url) ? stringOf(url['expanded_url']) : undefined;
    if (address && !/^https?:\/\/(www\.)?(twitter|x)\.com\//i.test(address)) links.push(address);
  }
  return links;
}

/** The whole text: of a long post where there is one, of the original in a repost. */
function textOf(tweet: Json): string {
  return unescapeText(stringOf(objectOf(tweet['note_tweet'])?.['text']) ?? stringOf(tweet['text']) ?? '');
}

function parseTweet(tweet: unknown, includes: Includes): Outcome {
  if (!isObject(tweet)) return unusable('unknown-shape', 'an element of data is not an object');
  const id = idOf(tweet['id']);
  if (id === undefined) return dropped('no-id');
  if (typeof tweet['text'] !== 'string') return dropped('not-a-post');
  const authorId = idOf(tweet['author_id']);
  if (authorId === undefined) return dropped('no-author');
  const user = includes('users', authorId);
  if (user?.['protected'] === true) return dropped('protected');

  const references = new Map<string, string>();
  for (const item of arrayOf(tweet['referenced_tweets'])) {
    const key = isObject(item) ? stringOf(item['type']) : undefined;
    const target = isObject(item) ? idOf(item['id']) : undefined;
    if (key !== undefined && target !== undefined) references.set(key, target);
  }
  const original = includes('tweets', references.get('retweeted'));
  const chain = chainOf(tweet);
  const first = chain[0] ?? id;
  const stated = timeOf(tweet['created_at']);
  const createdAt = Number.isNaN(stated) ? timeOfSnowflake(id) : stated;
  const place = includes('places', idOf(objectOf(tweet['geo'])?.['place_id']));
  const country = stringOf(place?.['country_code']);
  const lang = stringOf(tweet['lang']);
  const followers = numberOf(objectOf(user?.['public_metrics'])?.['followers_count']);
  const joined = timeOf(user?.['created_at']);
  const replyTo = refTo(references.get('replied_to'), includes);
  const repostOf = refTo(references.get('retweeted') ?? references.get('quoted'), includes);
  const thread = idOf(tweet['conversation_id']);
  const kind = references.has('retweeted')
    ? 'repost'
    : references.has('replied_to')
      ? 'reply'
      : references.has('quoted')
        ? 'quote'
        : 'post';
  return {
    type: 'post',
    platform: 'x',
    ref: { id: first },
    kind,
    revision: Math.max(0, chain.indexOf(id)),
    text: textOf(original ?? tweet),
    createdAt,
    author: {
      id: authorId,
      ...(followers === undefined ? {} : { followers }),
      ...(Number.isNaN(joined) ? {} : { createdAt: joined }),
    },
    links: expandedLinks((original ?? tweet)['entities']),
    permalink: `https://x.com/i/web/status/${first}`,
    sensitive: tweet['possibly_sensitive'] === true,
    ...(lang === undefined ? {} : { lang }),
    ...(country === undefined ? {} : { country }),
    ...(chain.length > 1 ? { edits: chain } : {}),
    ...(chain.indexOf(id) > 0 ? { editedAt: createdAt } : {}),
    ...(replyTo ? { replyTo } : {}),
    ...(repostOf ? { repostOf } : {}),
    ...(thread !== undefined && thread !== id ? { thread: { id: thread } } : {}),
  };
}

const reasons: ReadonlyMap<string, RawDeletion['reason']> = new Map([
  ['deleted', 'deleted'],
  ['protected', 'protected'],
  ['deactivated', 'deactivated'],
  ['suspended', 'suspended'],
  ['user_delete', 'account-deleted'],
  ['user_protect', 'protected'],
  ['user_suspend', 'suspended'],
  ['user_withheld', 'withheld'],
  ['tweet_delete', 'deleted'],
  ['tweet_withheld', 'withheld'],
]);

/**
 * A line of a batch compliance job. The same shape answers for posts and for users; only posts have a
 * time of creation, so a line without one that is not a plain `deleted` speaks of a user.
 */
function parseJobLine(value: Json, context: ParseContext): Outcome {
  const id = idOf(value['id']);
  if (id === undefined) return dropped('no-id');
  const stated = stringOf(value['reason']);
  // It takes coordinates off posts that stay, and none are kept here.
  if (stated === 'scrub_geo') return dropped('not-a-post');
  const reason = reasons.get(stated ?? 'deleted') ?? 'deleted';
  const times = [timeOf(value['redacted_at']), timeOf(value['created_at'])];
  const at = times.find((time) => !Number.isNaN(time)) ?? context.now;
  if (value['created_at'] === undefined && reason !== 'deleted') {
    return {
      type: 'deletion',
      platform: 'x',
      authorId: id,
      reason: reason === 'deactivated' ? 'account-deleted' : reason,
      at,
    };
  }
  return { type: 'deletion', platform: 'x', ref: { id }, reason, at };
}

/**
 * An event of the compliance streams (`tweet_delete`, `user_protect` …). Those that take nothing away
 * (`scrub_geo`, `user_unprotect` …) are no deletions.
 */
function parseComplianceEvent(data: Json, context: ParseContext): Outcome {
  for (const [name, body] of Object.entries(data)) {
    const reason = reasons.get(name);
    if (reason === undefined || !isObject(body)) continue;
    const stated = timeOf(body['event_at']);
    const at = Number.isNaN(stated) ? context.now : stated;
    const tweetId = idOf(objectOf(body['tweet'])?.['id']);
    if (tweetId !== undefined) return { type: 'deletion', platform: 'x', ref: { id: tweetId }, reason, at };
    const authorId = idOf(objectOf(body['user'])?.['id']);
    if (authorId !== undefined) return { type: 'deletion', platform: 'x', authorId, reason, at };
    return dropped('no-id');
  }
  return dropped('not-a-post');
}

/**
 * X API v2: stream lines, response pages, single objects, batch compliance lines, compliance streams.
 * Every element of `data` is a record; what is only included or reported as an error is not.
 */
export const xV2: Format = {
  platform: 'x',
  matches: (value) =>
    typeof value['data'] === 'object' ||
    Array.isArray(value['errors']) ||
    objectOf(value['meta'])?.['result_count'] !== undefined ||
    (value['action'] === 'delete' && value['id'] !== undefined) ||
    (typeof value['text'] === 'string' &&
      (Array.isArray(value['edit_history_tweet_ids']) ||
        (value['author_id'] !== undefined &&
          (value['conversation_id'] !== undefined || isObject(value['public_metrics']))))),
  parse(value, context) {
    const { data } = value;
    if (Array.isArray(data)) {
      const includes = includesOf(value);
      return data.length === 0 ? [dropped('not-a-post')] : data.map((tweet) => parseTweet(tweet, includes));
    }
    if (isObject(data)) {
      if (data['id'] === undefined && data['text'] === undefined)
        return [parseComplianceEvent(data, context)];
      return [parseTweet(data, includesOf(value))];
    }
    if (value['action'] === 'delete') return [parseJobLine(value, context)];
    if (typeof value['text'] === 'string') return [parseTweet(value, includesOf(value))];
    return [dropped('not-a-post')];
  },
};
