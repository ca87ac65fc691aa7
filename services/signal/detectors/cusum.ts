import { normalUpper } from '../statistics/distributions.ts';
import type { Detection } from './series.ts';

export type CusumOptions = {
  /** What a day may exceed its expectation by, in standardised units, without counting. */
  readonly reference?: number;
  /** The sum that raises an alarm. The defaults give one false alarm in 500 Poisson days (Rossi and others 1999). */
  readonly decision?: number;
  /** How a count is standardised: Rossi's transformation for Poisson counts, or the plain (x - m) / sqrt(m). */
  readonly transform?: 'rossi' | 'standard';
  /**
   * What is expected: the mean of the first days (`training`), or of as many days (`moving`) that end `lag` days
   * before the day judged.
   */
  readonly mean?: 'training' | 'moving';
  readonly baseline?: number;
  readonly lag?: number;
  /** Least mean: a baseline of zeros would otherwise divide by zero. */
  readonly minMean?: number;
};

type Settings = Required<CusumOptions>;

function settingsOf({ mean = 'moving', ...given }: CusumOptions): Settings {
  return {
    reference: 1.04,
    decision: 2.26,
    transform: 'rossi',
    baseline: 28,
    lag: mean === 'moving' ? 7 : 0,
    minMean: 0.05,
    ...given,
    mean,
  };
}

/**
 * Walks over the days that have a history.
 * @param visit gets the day, its expectation, its standardised count, the sum before it and the sum with it
 * @param everyDay visit also the days on which nothing is and nothing was
 */
function walk(
  series: ArrayLike<number>,
  { reference, transform, mean, baseline, lag, minMean }: Settings,
  visit: (at: number, m: number, standard: number, before: number, sum: number) => void,
  everyDay: boolean,
): void {
  let seen = 0;
  let sum = 0;
  for (let at = 0; at < series.length; at++) {
    if (mean === 'moving' && at > lag + baseline) seen -= series[at - lag - baseline - 1] ?? 0;
    if (at > lag && (mean === 'moving' || at <= baseline)) seen += series[at - lag - 1] ?? 0;
    if (at < baseline + lag) continue;
    const x = series[at] ?? 0;
    // A day with nobody leaves an empty sum empty.
    if (!everyDay && x === 0 && sum === 0) continue;
    const m = Math.max(minMean, seen / baseline);
    const root = Math.sqrt(m);
    const standard =
      transform === 'rossi' ? (x - 3 * m + 2 * Math.sqrt(x) * root) / (2 * root) : (x - m) / root;
    const before = sum;
    sum = Math.max(0, sum + standard - reference);
    visit(at, m, standard, before, sum);
  }
}

/**
 * One-sided CUSUM of a series of people per day (Page 1954; Rossi, Lampugnani and Marchi 1999). The sum is not reset
 * by an alarm. `p` is of the day's own excess; the alarm is of the sum.
 */
export function cusum(series: ArrayLike<number>, options: CusumOptions = {}): Detection {
  const size = series.length;
  const settings = settingsOf(options);
  const { decision, reference, transform } = settings;
  const found = {
    expected: new Float64Array(size).fill(Number.NaN),
    upper: new Float64Array(size).fill(Number.NaN),
    p: new Float64Array(size).fill(Number.NaN),
    alarm: new Uint8Array(size),
  };
  walk(
    series,
    settings,
    (at, m, standard, before, sum) => {
      const room = decision + reference - before;
      found.expected[at] = m;
      found.upper[at] = transform === 'rossi' ? rossiBound(m, room) : Math.max(0, m + room * Math.sqrt(m));
      found.p[at] = normalUpper(standard);
      found.alarm[at] = sum >= decision ? 1 : 0;
    },
    true,
  );
  return found;
}

/** The alarms of `cusum` alone, written into `into`, which is as long as the series. */
export function cusumAlarms(series: ArrayLike<number>, into: Uint8Array, options: CusumOptions = {}): void {
  const settings = settingsOf(options);
  into.fill(0);
  walk(
    series,
    settings,
    (at, _m, _standard, _before, sum) => {
      if (sum >= settings.decision) into[at] = 1;
    },
    false,
  );
}

/** The count whose transformation is `room`: root of x + 2 sqrt(x m) = 3 m + 2 sqrt(m) room. */
function rossiBound(m: number, room: number): number {
  const right = 3 * m + 2 * Math.sqrt(m) * room;
  return right <= 0 ? 0 : (Math.sqrt(m + right) - Math.sqrt(m)) ** 2;
}
