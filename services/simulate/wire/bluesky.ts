import type { Item } from '../item.ts';
import { base32Of, tid } from '../native-ids.ts';
import { segmentsOf, shortened } from './segments.ts';
import type { Encoder, Written } from './wire.ts';

const cidOf = (...parts: (string | number)[]): string => `bafyrei${base32Of(52, ...parts)}`;
const uriOf = (item: Item): string => `at://${item.account.id}/app.bsky.feed.post/${item.id}`;
const refTo = (item: Item): object => ({ cid: cidOf(item.id, item.version), uri: uriOf(item) });
const iso = (at: number): string => new Date(at).toISOString();

/** Text with links shortened for show, and facets that say in bytes of UTF-8 what is behind them. */
function richText(plain: string): { text: string; facets: object[] } {
  const segments = segmentsOf(plain);
  if (segments.length === 1 && segments[0]?.kind === 'plain') return { text: plain, facets: [] };
  const facets: object[] = [];
  let text = '';
  let byteStart = 0;
  for (const segment of segments) {
    const visible = segment.kind === 'link' ? shortened(segment.text) : segment.text;
    const byteEnd = byteStart + Buffer.byteLength(visible);
    const feature =
      segment.kind === 'link'
        ? { $type: 'app.bsky.richtext.facet#link', uri: segment.text }
        : segment.kind === 'tag'
          ? { $type: 'app.bsky.richtext.facet#tag', tag: segment.text.slice(1) }
          : segment.kind === 'mention'
            ? { $type: 'app.bsky.richtext.facet#mention', did: `did:plc:${base32Of(24, segment.text)}` }
            : undefined;
    if (feature) facets.push({ features: [feature], index: { byteEnd, byteStart } });
    text += visible;
    byteStart = byteEnd;
  }
  return { text, facets };
}

function event(did: string, at: number, body: object): string {
  // Jetstream counts microseconds; the sub-millisecond part follows from the author.
  return `${JSON.stringify({ did, time_us: at * 1000 + (did.charCodeAt(12) % 1000), ...body })}\n`;
}

function commit(item: Item, at: number, operation: string, collection: string, record?: object): string {
  return event(item.account.id, at, {
    kind: 'commit',
    commit: {
      rev: tid(at, 1),
      operation,
      collection,
      rkey: item.id,
      ...(record ? { record, cid: cidOf(item.id, item.version) } : {}),
    },
  });
}

function post(item: Item): Written {
  const at = item.editedAt ?? item.at;
  if (item.kind === 'repost' && item.original) {
    const record = { $type: 'app.bsky.feed.repost', createdAt: iso(at), subject: refTo(item.original) };
    return { bytes: commit(item, at, 'create', 'app.bsky.feed.repost', record), shown: '' };
  }
  const { text, facets } = richText(item.text);
  const { parent, original } = item;
  const record = {
    $type: 'app.bsky.feed.post',
    createdAt: iso(item.at),
    ...(original ? { embed: { $type: 'app.bsky.embed.record', record: refTo(original) } } : {}),
    ...(facets.length > 0 ? { facets } : {}),
    langs: [item.draft.lang],
    ...(parent ? { reply: { parent: refTo(parent), root: refTo(item.root ?? parent) } } : {}),
    text,
  };
  const operation = item.editedAt === undefined ? 'create' : 'update';
  return { bytes: commit(item, at, operation, 'app.bsky.feed.post', record), shown: text };
}

/** Events of Bluesky's Jetstream. */
export const blueskyEncoder: Encoder = {
  format: 'jetstream',
  platform: 'bluesky',
  newId: tid,
  precisionMs: 1,
  edits: true,
  reposts: 'empty',
  quotes: true,
  idPerVersion: false,
  citedId: (item) => item.id,
  post,
  deletion: (item, at) => commit(item, at, 'delete', 'app.bsky.feed.post'),
  accountDeletion: (account, at) =>
    event(account.id, at, {
      kind: 'account',
      account: { active: false, did: account.id, seq: at % 1_000_000_000, status: 'deleted', time: iso(at) },
    }),
  noise(random, account, at) {
    const [collection, record] = random.chance(0.7)
      ? [
          'app.bsky.feed.like',
          {
            subject: {
              cid: cidOf(at),
              uri: `at://did:plc:${base32Of(24, at)}/app.bsky.feed.post/${tid(at - 60_000, 3)}`,
            },
          },
        ]
      : ['app.bsky.graph.follow', { subject: `did:plc:${base32Of(24, at)}` }];
    const bytes = event(account.id, at, {
      kind: 'commit',
      commit: {
        rev: tid(at, 1),
        operation: 'create',
        collection,
        rkey: tid(at, 7),
        record: { $type: collection, createdAt: iso(at), ...(record as object) },
        cid: cidOf(account.id, at),
      },
    });
    return { bytes, reason: 'not-a-post' };
  },
};
