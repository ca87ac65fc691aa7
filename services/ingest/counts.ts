import type { DeadLetterReason, DropReason } from '../../schemas/flow.ts';

/** What became of the records of a run; `read` is the sum of all the others. */
export type Counts = {
  read: number;
  accepted: number;
  deletions: number;
  duplicates: number;
  /** Left out on purpose, by reason; duplicates are counted by themselves. */
  dropped: Partial<Record<DropReason, number>>;
  deadLettered: Partial<Record<DeadLetterReason, number>>;
};

export const createCounts = (): Counts => ({
  read: 0,
  accepted: 0,
  deletions: 0,
  duplicates: 0,
  dropped: {},
  deadLettered: {},
});

/** Adds one to a reason. */
export function increment<R extends string>(counts: Partial<Record<R, number>>, reason: R): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

const sum = (counts: Partial<Record<string, number>>): number =>
  Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);

/** Records that are accounted for; equals `read` when nothing went missing. */
export const accountedFor = (counts: Counts): number =>
  counts.accepted + counts.deletions + counts.duplicates + sum(counts.dropped) + sum(counts.deadLettered);

/** Adds the second counts to the first. */
export function addCounts(to: Counts, from: Counts): void {
  to.read += from.read;
  to.accepted += from.accepted;
  to.deletions += from.deletions;
  to.duplicates += from.duplicates;
  addReasons(to.dropped, from.dropped);
  addReasons(to.deadLettered, from.deadLettered);
}

function addReasons<R extends string>(
  to: Partial<Record<R, number>>,
  from: Partial<Record<R, number>>,
): void {
  for (const [reason, count] of Object.entries(from) as [R, number][]) to[reason] = (to[reason] ?? 0) + count;
}
