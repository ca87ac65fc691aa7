import type { DropReason } from '../../schemas/flow.ts';
import type { Deletion } from '../../schemas/deletion.ts';
import type { Post } from '../../schemas/post.ts';
import type { Entry, Outgoing } from '../log/log.ts';
import { isAdvert } from './advert.ts';
import { type Counts, createCounts, increment } from './counts.ts';
import { clusterOf } from './cluster.ts';
import { domainOf } from './domains.ts';
import type { DuplicateIndex } from './dedupe.ts';
import { postIdOf } from './key.ts';
import { languageOf } from './language.ts';
import { mask } from './mask.ts';
import { type Pseudonyms, pseudonymise } from './pseudonym.ts';
import type { Delivered, NativeRef, Parsed, RawDeletion, RawPost } from './source.ts';
import { isNativeId, validate, type ValidationLimits } from './validate.ts';

export type BatchDeps = {
  readonly pseudonyms: Pseudonyms;
  readonly index: DuplicateIndex;
  readonly limits: ValidationLimits;
  /** Languages to keep; undefined keeps all. */
  readonly languages: ReadonlySet<string> | undefined;
};

/** What a batch adds to the log, and what became of each of its records. */
export type Prepared = {
  readonly outputs: readonly Outgoing[];
  readonly counts: Counts;
  /** Counts by the name of the source. */
  readonly bySource: ReadonlyMap<string, Counts>;
};

const encoder = new TextEncoder();
const entry = (key: string, value: object): Entry => ({ key, value: encoder.encode(JSON.stringify(value)) });

/** The first revision's id of an X post, where an edit has shown which it is. */
function resolve(ref: NativeRef, source: string, deps: BatchDeps): NativeRef {
  const first = ref.authorId === undefined ? deps.index.firstVersion(source, ref.id) : undefined;
  return first === undefined ? ref : { id: first };
}

/**
 * The way of one post: validate, mask, pseudonymise, language, exact de-duplication, key.
 * @returns the accepted post, or the reason why it is left out.
 */
export function acceptPost(raw: RawPost, source: string, now: number, deps: BatchDeps): Post | DropReason {
  const invalid = validate(raw, now, deps.limits);
  if (invalid) return invalid;
  const { text, links } = mask(raw.text.toWellFormed());
  const author = pseudonymise(raw, source, deps.pseudonyms);
  const lang = languageOf(text, raw.lang);
  if (deps.languages && !deps.languages.has(lang)) return 'language';
  const idOf = (ref: NativeRef | undefined): string | null =>
    ref && isNativeId(ref.id) ? postIdOf(ref, source, raw.platform, deps.pseudonyms) : null;
  const id = postIdOf(raw.ref, source, raw.platform, deps.pseudonyms);
  if (!deps.index.add(id, raw.revision)) return 'duplicate';
  const edits = (raw.edits ?? []).filter(isNativeId).slice(0, maxVersions);
  const domains = domainsOf(links, raw.links);
  if (edits.length > 1) deps.index.addVersions(source, edits);
  return {
    v: 1,
    id,
    source,
    platform: raw.platform,
    kind: raw.kind,
    revision: raw.revision,
    text,
    lang,
    country: raw.country !== undefined && /^[A-Z]{2}$/.test(raw.country) ? raw.country : null,
    createdAt: Math.round(raw.createdAt),
    seenAt: now,
    author,
    replyTo: idOf(raw.replyTo),
    threadId: idOf(raw.thread),
    repostOf: idOf(raw.repostOf),
    links: domains,
    permalink: raw.permalink ?? null,
    edits,
    editedAt: momentOf(raw.editedAt) ?? null,
    cluster: clusterOf(text),
    flags: flagsOf(raw, text, domains),
  };
}

/** Versions of one post that are kept; X itself allows six. */
const maxVersions = 50;

/** Whole milliseconds, or undefined for what is no time that a date can hold. */
const momentOf = (time: number | undefined): number | undefined =>
  time !== undefined && time >= 0 && time <= 8_640_000_000_000_000 ? Math.round(time) : undefined;

/** Addresses that a platform makes of every link tell nothing where it also states the real one. */
const shorteners = new Set(['t.co']);

function domainsOf(inText: readonly string[], beside: readonly string[] | undefined): string[] {
  if (inText.length === 0 && (beside === undefined || beside.length === 0)) return [];
  const domains = new Set<string>();
  for (const address of beside ?? []) {
    const domain = domainOf(address);
    if (domain !== undefined) domains.add(domain);
  }
  for (const domain of inText) if (!shorteners.has(domain)) domains.add(domain);
  return [...domains].slice(0, 50);
}

function flagsOf(raw: RawPost, text: string, links: readonly string[]): Post['flags'] {
  const flags: Post['flags'] = [];
  if (raw.sensitive) flags.push('sensitive');
  if (isAdvert(text, links)) flags.push('advert');
  if (raw.truncated) flags.push('truncated');
  return flags;
}

/** A deletion under our ids; undefined where it names neither a post nor an author that can be keyed. */
export function acceptDeletion(
  raw: RawDeletion,
  source: string,
  now: number,
  deps: BatchDeps,
): Deletion | undefined {
  const common = {
    v: 1,
    source,
    reason: raw.reason,
    at: momentOf(raw.at) ?? now,
    seenAt: now,
  } as const;
  if (raw.ref) {
    if (!isNativeId(raw.ref.id)) return undefined;
    const ref = resolve(raw.ref, source, deps);
    return { ...common, postId: postIdOf(ref, source, raw.platform, deps.pseudonyms), author: null };
  }
  if (raw.authorId === undefined) return undefined;
  return { ...common, postId: null, author: deps.pseudonyms.hashOf(raw.platform, source, raw.authorId) };
}

/**
 * Takes a batch the whole way from parsed records to entries of the log. Synchronous: the index's
 * transaction that the caller has begun holds exactly this batch.
 */
export function prepareBatch(records: readonly Delivered[], now: number, deps: BatchDeps): Prepared {
  const total = createCounts();
  const bySource = new Map<string, Counts>();
  const posts: Entry[] = [];
  const deletions: Entry[] = [];
  const deadLetters: Entry[] = [];

  const handle = (record: Parsed, source: string, count: (add: (counts: Counts) => void) => void): void => {
    count((counts) => counts.read++);
    switch (record.type) {
      case 'post': {
        const post = acceptPost(record, source, now, deps);
        if (typeof post === 'object') {
          posts.push(entry(post.id, post));
          count((counts) => counts.accepted++);
        } else if (post === 'duplicate') count((counts) => counts.duplicates++);
        else count((counts) => increment(counts.dropped, post));
        return;
      }
      case 'deletion': {
        const deletion = acceptDeletion(record, source, now, deps);
        if (deletion) {
          deletions.push(entry(deletion.postId ?? deletion.author ?? source, deletion));
          count((counts) => counts.deletions++);
        } else count((counts) => increment(counts.dropped, 'no-id'));
        return;
      }
      case 'drop':
        if (record.reason === 'duplicate') count((counts) => counts.duplicates++);
        else count((counts) => increment(counts.dropped, record.reason));
        return;
      case 'unusable': {
        const { reason, origin, bytes, detail } = record;
        deadLetters.push(
          entry(source, {
            v: 1,
            stage: 'ingest',
            source,
            reason,
            origin,
            bytes,
            detail,
            record: null,
            at: now,
          }),
        );
        count((counts) => increment(counts.deadLettered, reason));
      }
    }
  };
  for (const { source, record } of records) {
    let own = bySource.get(source);
    if (!own) bySource.set(source, (own = createCounts()));
    const counts = own;
    handle(record, source, (add) => {
      add(total);
      add(counts);
    });
  }
  const outputs: Outgoing[] = [];
  if (posts.length > 0) outputs.push({ topic: 'posts', entries: posts });
  if (deletions.length > 0) outputs.push({ topic: 'deletions', entries: deletions });
  const drops = dropEntries(bySource, now);
  if (drops.length > 0) outputs.push({ topic: 'drops', entries: drops });
  if (deadLetters.length > 0) outputs.push({ topic: 'dead-letters', entries: deadLetters });
  return { outputs, counts: total, bySource };
}

/** One record per source and reason says how many of the batch were left out. */
function dropEntries(bySource: ReadonlyMap<string, Counts>, now: number): Entry[] {
  const entries: Entry[] = [];
  for (const [source, counts] of bySource) {
    const reasons =
      counts.duplicates > 0 ? { ...counts.dropped, duplicate: counts.duplicates } : counts.dropped;
    for (const [reason, count] of Object.entries(reasons)) {
      entries.push(entry(source, { v: 1, stage: 'ingest', source, reason, count, at: now }));
    }
  }
  return entries;
}
