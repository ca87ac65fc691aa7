import type { NativeRef, RawDeletion } from '../../source.ts';
import {
  arrayOf,
  editRevision,
  isObject,
  type Json,
  numberOf,
  objectOf,
  stringOf,
  timeOf,
} from '../text/fields.ts';
import { dropped, type Format, type Outcome, type ParseContext } from './format.ts';

/** A post behind an address `at://did/app.bsky.feed.post/rkey`; record keys are unique per author only. */
export function refOfUri(uri: unknown): NativeRef | undefined {
  const match =
    typeof uri === 'string'
      ? /^at:\/\/(did:[^/\s]{1,256})\/app\.bsky\.feed\.post\/([\w.~:-]{1,128})$/.exec(uri)
      : null;
  return match?.[1] !== undefined && match[2] !== undefined
    ? { id: match[2], authorId: match[1] }
    : undefined;
}

/** The quoted post of an embed, alone or beside pictures. */
function quotedRef(embed: Json | undefined): NativeRef | undefined {
  const record = objectOf(embed?.['record']);
  return refOfUri(record?.['uri']) ?? refOfUri(objectOf(record?.['record'])?.['uri']);
}

function linksOf(record: Json): string[] {
  const links: string[] = [];
  for (const facet of arrayOf(record['facets'])) {
    for (const feature of arrayOf(objectOf(facet)?.['features'])) {
      const uri = stringOf(objectOf(feature)?.['uri']);
      if (uri !== undefined) links.push(uri);
    }
  }
  const external = stringOf(objectOf(objectOf(record['embed'])?.['external'])?.['uri']);
  if (external !== undefined) links.push(external);
  return links;
}

function parsePost(did: string, commit: Json, rkey: string, eventTime: number): Outcome {
  const record = objectOf(commit['record']);
  if (!record) return dropped('not-a-post');
  if (typeof record['text'] !== 'string') return dropped('no-text');
  const stated = timeOf(record['createdAt']);
  // The author's client writes createdAt; one that lies ahead of the event itself is not believed.
  const createdAt = stated <= eventTime ? stated : eventTime;
  const edited = commit['operation'] === 'update';
  const reply = objectOf(record['reply']);
  const replyTo = refOfUri(objectOf(reply?.['parent'])?.['uri']);
  const thread = refOfUri(objectOf(reply?.['root'])?.['uri']);
  const repostOf = quotedRef(objectOf(record['embed']));
  const lang = stringOf(arrayOf(record['langs'])[0]);
  const labels = arrayOf(objectOf(record['labels'])?.['values']);
  return {
    type: 'post',
    platform: 'bluesky',
    ref: { id: rkey, authorId: did },
    kind: reply ? 'reply' : repostOf ? 'quote' : 'post',
    revision: edited ? editRevision(createdAt, eventTime) : 0,
    text: record['text'],
    createdAt,
    author: { id: did, automated: labels.some((label) => isObject(label) && label['val'] === 'bot') },
    links: linksOf(record),
    sensitive: labels.length > 0,
    ...(edited ? { editedAt: eventTime } : {}),
    ...(lang === undefined ? {} : { lang }),
    ...(replyTo ? { replyTo } : {}),
    ...(thread ? { thread } : {}),
    ...(repostOf ? { repostOf } : {}),
  };
}

const accountReasons: ReadonlyMap<string, RawDeletion['reason']> = new Map([
  ['deleted', 'account-deleted'],
  ['deactivated', 'deactivated'],
  ['suspended', 'suspended'],
  ['takendown', 'suspended'],
]);

function parseEvent(value: Json, context: ParseContext): Outcome {
  const did = stringOf(value['did']);
  if (did === undefined) return dropped('no-author');
  const micros = numberOf(value['time_us']);
  const at = micros === undefined || micros < 0 ? context.now : Math.floor(micros / 1000);
  if (value['kind'] === 'account') {
    const account = objectOf(value['account']);
    const reason = accountReasons.get(stringOf(account?.['status']) ?? '');
    if (account?.['active'] !== false || reason === undefined) return dropped('not-a-post');
    return { type: 'deletion', platform: 'bluesky', authorId: did, reason, at };
  }
  const commit = objectOf(value['commit']);
  if (!commit) return dropped('not-a-post');
  if (commit['collection'] === 'app.bsky.feed.repost' && commit['operation'] === 'create') {
    return dropped('empty-repost');
  }
  if (commit['collection'] !== 'app.bsky.feed.post') return dropped('not-a-post');
  const rkey = stringOf(commit['rkey']);
  if (rkey === undefined) return dropped('no-id');
  if (commit['operation'] === 'delete') {
    return { type: 'deletion', platform: 'bluesky', ref: { id: rkey, authorId: did }, reason: 'deleted', at };
  }
  return parsePost(did, commit, rkey, at);
}

/** Events of Bluesky's Jetstream: posts out of commits, deletions of posts and accounts. */
export const jetstream: Format = {
  platform: 'bluesky',
  matches: (value) =>
    typeof value['did'] === 'string' && (value['time_us'] !== undefined || isObject(value['commit'])),
  parse: (value, context) => [parseEvent(value, context)],
};
