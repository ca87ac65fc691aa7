import type { DeadLetterReason, DropReason } from '../../schemas/flow.ts';
import type { Platform, PostKind } from '../../schemas/post.ts';
import type { Outcome, Ref, WorldEvent } from './event.ts';

export type Tally = {
  /** The sum of all the others. */
  read: number;
  accepted: number;
  duplicates: number;
  deletions: number;
  readonly dropped: Partial<Record<DropReason, number>>;
  readonly deadLettered: Partial<Record<DeadLetterReason, number>>;
};

/** A post as it stands at the end: its newest text, unless it or its author is gone. */
export type Standing = {
  readonly ref: Ref;
  readonly platform: Platform;
  readonly kind: PostKind;
  readonly authorId: string;
  readonly text: string;
  readonly version: number;
  readonly product: string | undefined;
  /** Terms of the effects that it says somebody had. */
  readonly reactions: readonly string[];
  /** Says something of its own: neither a repost, nor a copy, nor an advert. */
  readonly original: boolean;
  readonly planted: boolean;
  readonly createdAt: number;
};

export type Expectation = {
  readonly total: Tally;
  readonly bySource: ReadonlyMap<Platform, Tally>;
  /** By `platform:native id`. */
  readonly standing: ReadonlyMap<string, Standing>;
  /** The same keys, for posts that were accepted and are gone. */
  readonly removed: ReadonlySet<string>;
  /** Distinct authors of original posts that tell of the pair, and still stand. */
  people(product: string, reaction: string): number;
};

export const keyOf = (platform: Platform, ref: Ref): string => `${platform}:${ref.id}`;

const emptyTally = (): Tally => ({
  read: 0,
  accepted: 0,
  duplicates: 0,
  deletions: 0,
  dropped: {},
  deadLettered: {},
});

function add<R extends string>(counts: Partial<Record<R, number>>, reason: R): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

function count(tally: Tally, outcome: Outcome): void {
  if (outcome.type === 'none') return;
  tally.read++;
  if (outcome.type === 'accepted') tally.accepted++;
  else if (outcome.type === 'duplicate') tally.duplicates++;
  else if (outcome.type === 'deletion') tally.deletions++;
  else if (outcome.type === 'dead-lettered') add(tally.deadLettered, outcome.reason);
  else add(tally.dropped, outcome.reason);
}

function standingOf(event: WorldEvent, ref: Ref): Standing {
  const { draft } = event;
  return {
    ref,
    platform: event.platform,
    kind: event.kind ?? 'post',
    authorId: event.author?.id ?? '',
    text: event.text,
    version: event.version,
    product: draft?.product,
    reactions: [...new Set(draft?.effects.map(({ term }) => term))],
    original: event.kind !== 'repost' && event.copyOf === undefined && draft?.role !== 'advert',
    planted: event.planted,
    createdAt: event.createdAt,
  };
}

/** What a world's records must come to, from the generator's own knowledge and without any pipeline. */
export function expectationOf(events: Iterable<WorldEvent>): Expectation {
  const total = emptyTally();
  const bySource = new Map<Platform, Tally>();
  const standing = new Map<string, Standing>();
  const byAuthor = new Map<string, Set<string>>();
  const removed = new Set<string>();
  for (const event of events) {
    const { platform, outcome, ref, author } = event;
    let own = bySource.get(platform);
    if (!own) bySource.set(platform, (own = emptyTally()));
    count(total, outcome);
    count(own, outcome);
    if (outcome.type === 'accepted' && ref && author) {
      const key = keyOf(platform, ref);
      const before = standing.get(key);
      standing.set(key, { ...standingOf(event, ref), planted: event.planted || (before?.planted ?? false) });
      const authorKey = `${platform}:${author.id}`;
      const posts = byAuthor.get(authorKey) ?? new Set();
      byAuthor.set(authorKey, posts.add(key));
    } else if (outcome.type === 'deletion') {
      const gone = ref ? [keyOf(platform, ref)] : (byAuthor.get(`${platform}:${author?.id ?? ''}`) ?? []);
      for (const key of gone) if (standing.delete(key)) removed.add(key);
    }
  }
  return {
    total,
    bySource,
    standing,
    removed,
    people(product, reaction) {
      const authors = new Set<string>();
      for (const post of standing.values()) {
        if (post.original && post.product === product && post.reactions.includes(reaction)) {
          authors.add(`${post.platform}:${post.authorId}`);
        }
      }
      return authors.size;
    },
  };
}
