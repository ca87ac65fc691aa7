import { negativeBinomialUpper } from '../statistics/distributions.ts';
import { cusumAlarms } from './cusum.ts';
import { detectors } from './detectors.ts';
import { benjaminiHochberg } from './multiplicity.ts';
import type { Judge } from './series.ts';

/** Detectors of days that a scan runs, in the order of the bits of `ScanResult.fired`. */
export const scanDetectors = [
  'ears-c1',
  'ears-c2',
  'ears-c3',
  'ears-reweighted',
  'ears-weekday',
  'cusum',
  'poisson',
] as const;
export type ScanDetector = (typeof scanDetectors)[number];

/**
 * Many daily series with most days empty: one entry per pair and day with somebody, sorted by pair, then day. `pair`
 * and `day` are indices from 0.
 */
export type SparseSeries = {
  readonly pair: Uint32Array;
  readonly day: Uint16Array;
  readonly people: Uint32Array;
};

/**
 * Sparse series from columns in any order.
 * @param people at most 4,095 of one pair on one day are told apart; more are held at that
 */
export function sparseSeries(columns: {
  readonly pair: ArrayLike<number>;
  readonly day: ArrayLike<number>;
  readonly people: ArrayLike<number>;
}): SparseSeries {
  // One number holds the three, so that the sort is that of a typed array.
  const packed = new Float64Array(columns.pair.length);
  for (let at = 0; at < packed.length; at++) {
    const key = (columns.pair[at] ?? 0) * 65_536 + (columns.day[at] ?? 0);
    packed[at] = key * 4096 + Math.min(4095, columns.people[at] ?? 0);
  }
  packed.sort();
  const size = packed.length;
  const sorted = {
    pair: new Uint32Array(size),
    day: new Uint16Array(size),
    people: new Uint32Array(size),
  };
  for (let at = 0; at < size; at++) {
    const value = packed[at] ?? 0;
    const key = Math.floor(value / 4096);
    sorted.people[at] = value - key * 4096;
    sorted.pair[at] = Math.floor(key / 65_536);
    sorted.day[at] = key % 65_536;
  }
  return sorted;
}

export type ScanOptions = {
  /** Days of every series. */
  readonly days: number;
  /** First day that is judged; the days before are history only. */
  readonly from?: number;
  /** Pairs that were looked at, those without anybody included: the grid that q is over is this times the days. */
  readonly pairs?: number;
  readonly detectors?: readonly ScanDetector[];
  /** Pairs with fewer people in all are not judged: p is 1. */
  readonly leastPeople?: number;
  /** Days with fewer people raise no alarm by the detectors that judge a single day. */
  readonly leastPerDay?: number;
  /** Chance of a false alarm that the Poisson test fires at, before correction. */
  readonly alpha?: number;
  /** Days of the recent period of the Poisson test, and how many such periods before it make its baseline. */
  readonly window?: number;
  readonly windows?: number;
};

/** Judged entries as columns, in the order of the input; days before `from` are left out. */
export type ScanResult = {
  readonly pair: Uint32Array;
  readonly day: Uint16Array;
  readonly people: Uint32Array;
  /** People of the days up to this one that the Poisson test compares, and how many it expected. */
  readonly recent: Float64Array;
  readonly expected: Float64Array;
  /** Chance by the Poisson test; 1 where the recent days are no more than expected or the history is too short. */
  readonly p: Float64Array;
  /** Adjusted by Benjamini and Hochberg over the grid of pairs and judged days. */
  readonly q: Float64Array;
  /** Bit i is set where `scanDetectors[i]` raised an alarm. */
  readonly fired: Uint16Array;
};

/**
 * Runs the detectors over all series in one pass. Days with nobody are not judged: an alarm of the weekly test that
 * would begin on one is told on the next day with somebody. Each pair's days are spread into one dense buffer that all
 * pairs share.
 */
export function scanSeries(series: SparseSeries, options: ScanOptions): ScanResult {
  const { days, from = 0, detectors: names = scanDetectors, leastPeople = 3, alpha = 0.025 } = options;
  const { window = 7, windows = 12, leastPerDay = 2 } = options;
  const size = series.pair.length;
  const order = new Uint32Array(size);
  let judged = 0;
  const recent = new Float64Array(size);
  const expected = new Float64Array(size);
  const p = new Float64Array(size).fill(1);
  const fired = new Uint16Array(size);
  const dense = new Float64Array(days);
  const before = new Float64Array(days + 1);
  const sums = new Uint8Array(days);
  const judges = judgesOf(names);
  const poissonBit = names.includes('poisson') ? 1 << scanDetectors.indexOf('poisson') : 0;
  const cusumBit = names.includes('cusum') ? 1 << scanDetectors.indexOf('cusum') : 0;
  let pairs = 0;
  for (let first = 0, end = 0; first < size; first = end) {
    const pair = series.pair[first] ?? 0;
    pairs += 1;
    let total = 0;
    for (end = first; end < size && series.pair[end] === pair; end++) {
      const people = series.people[end] ?? 0;
      dense[series.day[end] ?? 0] = people;
      total += people;
      if ((series.day[end] ?? 0) >= from) order[judged++] = end;
    }
    if (total >= leastPeople) {
      for (let day = 0; day < days; day++) before[day + 1] = (before[day] ?? 0) + (dense[day] ?? 0);
      if (cusumBit > 0) cusumAlarms(dense, sums);
      for (let at = first; at < end; at++) {
        const day = series.day[at] ?? 0;
        if (day < from) continue;
        let bits = cusumBit > 0 && sums[day] === 1 ? cusumBit : 0;
        if ((series.people[at] ?? 0) >= leastPerDay) {
          for (const { bit, judge } of judges) if (judge(dense, day)?.alarm) bits |= bit;
        }
        const start = day + 1 - window;
        const back = start - windows * window;
        if (back >= 0) {
          const now = (before[day + 1] ?? 0) - (before[start] ?? 0);
          const past = (before[start] ?? 0) - (before[back] ?? 0);
          recent[at] = now;
          expected[at] = past / windows;
          if (now * windows > past) {
            const chance = negativeBinomialUpper(now, (past + 1) / windows, past + 1);
            p[at] = chance;
            if (chance <= alpha) bits |= poissonBit;
          }
        }
        fired[at] = bits;
      }
    }
    for (let at = first; at < end; at++) dense[series.day[at] ?? 0] = 0;
  }
  const chosen = order.subarray(0, judged);
  const chances = picked(p, chosen, new Float64Array(judged));
  return {
    pair: picked(series.pair, chosen, new Uint32Array(judged)),
    day: picked(series.day, chosen, new Uint16Array(judged)),
    people: picked(series.people, chosen, new Uint32Array(judged)),
    recent: picked(recent, chosen, new Float64Array(judged)),
    expected: picked(expected, chosen, new Float64Array(judged)),
    p: chances,
    q: benjaminiHochberg(chances, Math.max(pairs, options.pairs ?? 0) * (days - from)),
    fired: picked(fired, chosen, new Uint16Array(judged)),
  };
}

/** Entries at the places, in a loop: `from` with a function takes ten times as long over millions. */
function picked<T extends Float64Array | Uint32Array | Uint16Array>(
  values: ArrayLike<number>,
  places: Uint32Array,
  into: T,
): T {
  for (let at = 0; at < places.length; at++) into[at] = values[places[at] ?? 0] ?? 0;
  return into;
}

/** Names of the detectors in the bits of `fired`. */
export function firedNames(bits: number): ScanDetector[] {
  return scanDetectors.filter((_, at) => (bits & (1 << at)) !== 0);
}

function judgesOf(names: readonly ScanDetector[]): { bit: number; judge: Judge }[] {
  return scanDetectors.flatMap((name, at) =>
    name === 'cusum' || name === 'poisson' || !names.includes(name)
      ? []
      : [{ bit: 1 << at, judge: detectors[name].create() }],
  );
}
