/** What an alert is about; empty where it is about no product, reaction or source. */
export type Subject = {
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly classId: string;
  readonly class: string;
  readonly source: string;
  readonly signalId: string;
};

export const noSubject: Subject = {
  productId: '',
  product: '',
  conceptId: '',
  concept: '',
  classId: '',
  class: '',
  source: '',
  signalId: '',
};

/** What a rule sees in a group at some time, when that is enough for an alert. */
export type Measured = {
  readonly subject: Subject;
  /** Distinct authors. */
  readonly people: number;
  /** Distinct posts. */
  readonly posts: number;
  readonly statistic: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  /** Ids of posts, those to read first in front. */
  readonly examples: readonly string[];
  /** What it tells of (signals, hashes of posts): each is told once. Empty where only the cool-down counts. */
  readonly items: readonly string[];
  /** One sentence with the counts; no word of a post. */
  readonly summary: string;
};

/** The things that one alert stands for. `measure` looks only at what had happened by then. */
export type Group = {
  /** When the things happened, oldest first; the measure can rise to the limit at no other times. */
  readonly times: readonly number[];
  measure(now: number): Measured | undefined;
};

export type Loaded = { readonly groups: ReadonlyMap<string, Group>; readonly incomplete: boolean };

/** A rule that is ready to be evaluated: how far back it has to look, and what it finds there. */
export type Prepared = {
  readonly reachMs: number;
  /** Everything that happened from `from` to `to` (ms), both included. @throws VigilError of the database. */
  load(from: number, to: number): Promise<Loaded>;
};

/** Most things of one rule that are looked at in one stretch of time. */
export const mostThings = 20_000;

/** Index of the first entry that is not before `time`. */
export function firstAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The things of a list, sorted by time, that lie in a stretch of it; both ends included. */
export function within<T extends { readonly at: number }>(
  things: readonly T[],
  times: readonly number[],
  from: number,
  to: number,
): readonly T[] {
  return things.slice(firstAt(times, from), firstAt(times, to + 1));
}

/** Makes groups of things by a key, each sorted by time. */
export function grouped<T extends { readonly at: number }>(
  things: readonly T[],
  keyOf: (thing: T) => string,
  measure: (things: readonly T[], times: readonly number[], now: number) => Measured | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const [key, list] of Map.groupBy(things, keyOf)) {
    const sorted = list.toSorted((a, b) => a.at - b.at);
    const times = sorted.map(({ at }) => at);
    groups.set(key, { times, measure: (now) => measure(sorted, times, now) });
  }
  return groups;
}

/** `1 person`, `12 people`. */
export const peopleText = (count: number): string => (count === 1 ? '1 person' : `${count} people`);
/** `1 post`, `12 posts`. */
export const postsText = (count: number): string => (count === 1 ? '1 post' : `${count} posts`);
