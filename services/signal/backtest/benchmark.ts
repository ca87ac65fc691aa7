import type { Named, ReactionName } from '../grid.ts';
import { createDraws, type Draws } from './random.ts';
import { addConfounders } from './confounders.ts';
import type { Reference } from './reference.ts';

/** One mention before the rules of counting are applied. */
export type RawMention = {
  readonly day: number;
  readonly product: number;
  readonly reaction: number;
  readonly author: number;
  /** Mentions of one text share it. */
  readonly cluster: number;
  /** The account is known to be automated, or the text to be an advert. */
  readonly flagged: boolean;
};

export const shapes = ['step', 'ramp', 'plateau', 'spread'] as const;
export type Shape = (typeof shapes)[number];

export type Planted = {
  readonly product: number;
  readonly reaction: number;
  /** First day of the rise. */
  readonly day: number;
  readonly factor: number;
  /** People a week when risen. */
  readonly perWeek: number;
  readonly shape: Shape;
};

export type Benchmark = {
  readonly seed: number;
  readonly products: readonly Named[];
  readonly reactions: readonly ReactionName[];
  /** In the order of days. */
  readonly mentions: readonly RawMention[];
  readonly planted: readonly Planted[];
  readonly reference: readonly Reference[];
  readonly firstDay: number;
  /** First day that is scored; what comes before is history to learn from. */
  readonly scoredFrom: number;
  readonly lastDay: number;
};

const productCount = 25;
const reactionCount = 20;
const historyDays = 119;
const scoredDays = 182;
/** Days before the end after which nothing is planted any more, so that there is time to find it. */
const room = 49;
/** 2025-06-02, a Monday. */
const start = 20_241;

const rises: Readonly<Record<Shape, (age: number) => number>> = {
  step: () => 1,
  ramp: (age) => Math.min(1, (age + 1) / 21),
  plateau: (age) => (age < 35 ? 1 : 0),
  spread: (age) => (age < 14 ? (age + 1) / 14 : Math.max(0.6, 1 - (age - 14) / 100)),
};

/** How the risen rate stands `age` days after the beginning, as a share of the full rise. */
export const riseAt = (shape: Shape, age: number): number => (age < 0 ? 0 : rises[shape](age));

/** Sizes that are planted: factor and people a week when risen. */
const sizes: readonly (readonly [factor: number, perWeek: number])[] = [
  [2, 10],
  [2, 20],
  [3, 4],
  [3, 6],
  [3, 10],
  [3, 10],
  [3, 12],
  [3, 15],
  [3, 20],
  [3, 40],
  [5, 5],
  [5, 10],
  [10, 10],
];

const weekday = [1.05, 1.05, 1, 1, 0.95, 0.9, 1.05];

/** Rates of the 500 pairs, people a week: products and reactions of uneven fame, and some that belong together. */
function ratesOf(draws: Draws): Float64Array {
  const fame = Array.from({ length: productCount }, () => Math.exp(draws.normal() * 0.9));
  const common = Array.from({ length: reactionCount }, () => Math.exp(draws.normal() * 0.9));
  return Float64Array.from({ length: productCount * reactionCount }, (_, pair) => {
    const product = Math.floor(pair / reactionCount);
    const together = draws.uniform() < 0.08 ? 2 + 6 * draws.uniform() : Math.exp(draws.normal() * 0.4);
    return Math.min(25, 0.9 * (fame[product] ?? 1) * (common[pair % reactionCount] ?? 1) * together);
  });
}

function plant(draws: Draws, rates: Float64Array): Planted[] {
  const taken = new Set<number>();
  const list: Planted[] = [];
  for (const shape of shapes) {
    for (const [factor, perWeek] of sizes) {
      let pair = draws.below(rates.length);
      while (taken.has(pair)) pair = draws.below(rates.length);
      taken.add(pair);
      rates[pair] = perWeek / factor;
      list.push({
        product: Math.floor(pair / reactionCount),
        reaction: pair % reactionCount,
        day: start + historyDays + draws.below(scoredDays - room),
        factor,
        perWeek,
        shape,
      });
    }
  }
  return list;
}

/** The signals of the goal: those that treble the rate, with at least ten people a week. */
export const goalGroup = 'threefold, 10 people a week or more';

function groupOf(one: Planted | undefined): string {
  if (!one) return '';
  const times =
    { 2: 'twofold', 3: 'threefold', 5: 'fivefold', 10: 'tenfold' }[one.factor] ?? `${one.factor}-fold`;
  return `${times}, ${one.perWeek < 10 ? 'fewer than 10 people a week' : '10 people a week or more'}`;
}

/**
 * An invented history of mentions of 500 pairs over 43 weeks, of which the last 26 are scored: 52 planted rises of
 * several sizes and shapes, and what looks like one but is none (`addConfounders`). Everything follows from the seed.
 */
export function createBenchmark(seed: number): Benchmark {
  const draws = createDraws(seed);
  const rates = ratesOf(draws);
  const planted = plant(draws, rates);
  const byPair = new Map(planted.map((one) => [one.product * reactionCount + one.reaction, one]));
  const lastDay = start + historyDays + scoredDays - 1;
  // Seasons: some reactions come and go with the year, by up to the factor of e.
  const amplitude = Array.from({ length: reactionCount }, () =>
    draws.uniform() < 0.4 ? draws.uniform() : 0,
  );
  const phase = Array.from({ length: reactionCount }, () => draws.uniform() * 365);
  const mentions: RawMention[] = [];
  let cluster = 0;
  const people = 40_000;
  // Some people write of the same thing again and again.
  const talkative = new Map<number, number[]>();

  for (let day = start; day <= lastDay; day++) {
    // The whole platform breathes, too.
    const mood = Math.exp(draws.normal() * 0.08) * (weekday[(day - start) % 7] ?? 1);
    for (const [pair, perWeek] of rates.entries()) {
      const reaction = pair % reactionCount;
      const season = Math.exp(
        (amplitude[reaction] ?? 0) * Math.sin((2 * Math.PI * (day - (phase[reaction] ?? 0))) / 365),
      );
      const one = byPair.get(pair);
      const risen = one ? 1 + (one.factor - 1) * riseAt(one.shape, day - one.day) : 1;
      const count = draws.poisson((perWeek / 7) * mood * season * risen);
      for (let i = 0; i < count; i++) {
        const known = talkative.get(pair);
        const again = known && draws.uniform() < 0.12;
        const author = again ? (known[draws.below(known.length)] ?? 0) : draws.below(people);
        if (!again && draws.uniform() < 0.05) talkative.set(pair, [...(known ?? []), author].slice(-8));
        mentions.push({
          day,
          product: Math.floor(pair / reactionCount),
          reaction,
          author,
          cluster: cluster++,
          flagged: draws.uniform() < 0.02,
        });
      }
    }
  }
  addConfounders(mentions, draws, {
    from: start + historyDays - 28,
    to: lastDay,
    products: productCount,
    reactions: reactionCount,
    people,
    cluster,
    rates,
    avoid: new Set(byPair.keys()),
  });
  mentions.sort((a, b) => a.day - b.day);
  const products = Array.from({ length: productCount }, (_, at) => ({ id: `p${at}`, name: `product ${at}` }));
  const reactions = Array.from({ length: reactionCount }, (_, at) => ({
    id: `r${at}`,
    name: `reaction ${at}`,
    classId: `c${at % 5}`,
    className: `class ${at % 5}`,
  }));
  return {
    seed,
    products,
    reactions,
    mentions,
    planted,
    reference: Array.from(rates, (_, pair) => ({
      product: `p${Math.floor(pair / reactionCount)}`,
      reaction: `r${pair % reactionCount}`,
      knownFrom: byPair.get(pair)?.day ?? null,
      group: groupOf(byPair.get(pair)),
    })),
    firstDay: start,
    scoredFrom: start + historyDays,
    lastDay,
  };
}
