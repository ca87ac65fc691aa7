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

/** What a rule has told of before, by group. */
export type Told = {
  /** When the group was last told of, ms; undefined: never. */
  lastAt(group: string): number | undefined;
  has(group: string, item: string): boolean;
};

/** Whether an item of the group was told of before. */
export type IsTold = (item: string) => boolean;
const nothing: IsTold = () => false;

/** The things that one alert stands for. `measure` looks only at what had happened by then. */
export type Group = {
  /** When the things happened, oldest first; the measure can rise to the limit at no other times. */
  readonly times: readonly number[];
  measure(now: number, isTold?: IsTold): Measured | undefined;
};

export type Loaded = {
  readonly groups: ReadonlyMap<string, Group>;
  /** There was more than could be looked at; what is oldest is left out. */
  readonly incomplete: boolean;
};

/** A rule that is ready to be evaluated: how far back it has to look, and what it finds there. */
export type Prepared = {
  readonly reachMs: number;
  /** Everything that happened from `from` to `to` (ms), both included. @throws VigilError of the database. */
  load(from: number, to: number): Promise<Loaded>;
  /** The same up to `now`, for whoever looks again and again; what was told of already may be left out. */
  look(now: number, told?: Told): Promise<Loaded>;
};

/** For rules whose question is cheap: every look asks for the whole reach. */
export function preparedWhole(
  reachMs: number,
  load: (from: number, to: number, told?: Told) => Promise<Loaded>,
): Prepared {
  return { reachMs, load, look: (now, told) => load(Math.max(0, now - reachMs), now, told) };
}

/** What comes in later than this after it was written is found by the next whole look. */
const overlapMs = 15 * 60_000;
const wholeEveryMs = 3_600_000;

/**
 * For rules whose question reads many rows: a look asks for what is new since the one before, with some overlap
 * since posts come in late, and keeps what it had found. Once an hour it asks for the whole reach again, so that
 * late posts are found and deleted ones are forgotten.
 */
export function preparedInSteps<T extends { readonly at: number }>(
  reachMs: number,
  fetch: (from: number, to: number) => Promise<readonly T[]>,
  nameOf: (thing: T) => string,
  groupsOf: (things: readonly T[]) => ReadonlyMap<string, Group>,
): Prepared {
  let known: ReadonlyMap<string, T> = new Map();
  let wholeAt = -Infinity;
  let lastAt = -Infinity;
  let incomplete = false;
  return {
    reachMs,
    async load(from, to) {
      const things = await fetch(from, to);
      return { groups: groupsOf(things), incomplete: isCut(things) };
    },
    async look(now) {
      const begin = Math.max(0, now - reachMs);
      const isWhole = now - wholeAt >= wholeEveryMs || now < lastAt;
      const fresh = await fetch(isWhole ? begin : Math.max(begin, lastAt - overlapMs), now);
      const kept = isWhole ? [] : [...known.values()].filter(({ at }) => at >= begin);
      known = new Map([...kept, ...fresh].map((thing) => [nameOf(thing), thing]));
      incomplete = isCut(fresh) || (incomplete && !isWhole);
      if (isWhole) wholeAt = now;
      lastAt = now;
      return { groups: groupsOf([...known.values()]), incomplete };
    },
  };
}

/** Most things of one rule that are asked for at once; of more, the newest. */
export const mostThings = 20_000;
/** Whether there were more things than were asked for. */
export const isCut = (things: readonly unknown[]): boolean => things.length >= mostThings;

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
  measure: (
    things: readonly T[],
    times: readonly number[],
    now: number,
    isTold: IsTold,
  ) => Measured | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const [key, list] of Map.groupBy(things, keyOf)) {
    const sorted = list.toSorted((a, b) => a.at - b.at);
    const times = sorted.map(({ at }) => at);
    groups.set(key, { times, measure: (now, isTold = nothing) => measure(sorted, times, now, isTold) });
  }
  return groups;
}

/** The first thing of each text, so that a copy counts once, for whoever was first. */
export function withoutCopies<T extends { readonly at: number }>(
  things: readonly T[],
  textOf: (thing: T) => string,
): T[] {
  const seen = new Set<string>();
  const sorted = things.toSorted((a, b) => a.at - b.at);
  return sorted.filter((thing) => !seen.has(textOf(thing)) && seen.add(textOf(thing)));
}

/** `1 person`, `12 people`. */
export const peopleText = (count: number): string => (count === 1 ? '1 person' : `${count} people`);
/** `1 post`, `12 posts`. */
export const postsText = (count: number): string => (count === 1 ? '1 post' : `${count} posts`);
