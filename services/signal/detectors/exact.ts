import { countQuantile, negativeBinomialUpper, poissonUpper } from '../statistics/distributions.ts';
import type { Judge, Judgement } from './series.ts';

export type ExactOptions = {
  /** Days that are judged together, ending with the day asked for. */
  readonly window?: number;
  /** Windows of the same length before it that it is compared with. */
  readonly windows?: number;
  /** Windows between the two that belong to neither, so that a slow rise does not hide itself. */
  readonly gap?: number;
  /** One-sided chance of a false alarm. */
  readonly alpha?: number;
};

/** A count is an alarm when so many or more have at most the chance `alpha`. */
function judged(
  recent: number,
  expected: number,
  start: number,
  upperTail: (k: number) => number,
  alpha: number,
): Judgement {
  const p = upperTail(recent);
  return {
    expected,
    p,
    alarm: p <= alpha,
    get upper() {
      return countQuantile(1 - alpha, start, upperTail);
    },
  };
}

/**
 * Exact test that the rate rose, for small counts: given all people of both periods, those of the recent one are
 * binomial (Przyborowski and Wilenski 1940), as `poisson.test` of R. The uncertainty of the baseline is part of it.
 * @param recent people of the period judged
 * @param before people of the baseline
 * @param share length of the period judged to that of the baseline
 */
export function poissonTest(recent: number, before: number, share: number, alpha = 0.025): Judgement {
  // P(Binomial(recent + before, q) >= recent) is the tail of a negative binomial variable of size before + 1.
  const size = before + 1;
  const upperTail = (k: number): number => negativeBinomialUpper(k, size * share, size);
  return judged(recent, before * share, size * share, upperTail, alpha);
}

/**
 * Negative binomial test for counts that vary more than Poisson's: mean and dispersion of the baseline's windows by
 * moments, half a person added to the baseline so that zeros do not make everything certain. Poisson where the windows
 * vary no more than chance.
 * @param before people of each window of the baseline
 */
export function negativeBinomialTest(recent: number, before: ArrayLike<number>, alpha = 0.025): Judgement {
  const windows = before.length;
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < windows; at++) {
    const people = before[at] ?? 0;
    sum += people;
    squares += people * people;
  }
  const expected = sum / windows;
  const mean = (sum + 0.5) / windows;
  const variance = Math.max(0, squares - sum * expected) / (windows - 1);
  const size = variance > mean ? (mean * mean) / (variance - mean) : Infinity;
  const upperTail = (k: number): number =>
    size === Infinity ? poissonUpper(k, mean) : negativeBinomialUpper(k, mean, size);
  return judged(recent, expected, mean, upperTail, alpha);
}

const sumOf = (series: ArrayLike<number>, from: number, to: number): number => {
  let sum = 0;
  for (let at = from; at < to; at++) sum += series[at] ?? 0;
  return sum;
};

/** `poissonTest` of the last window against the windows before it. */
export function poissonChange({
  window = 7,
  windows = 12,
  gap = 0,
  alpha = 0.025,
}: ExactOptions = {}): Judge {
  return (series, at) => {
    const recentFrom = at + 1 - window;
    const to = recentFrom - gap * window;
    const from = to - windows * window;
    if (from < 0) return undefined;
    return poissonTest(sumOf(series, recentFrom, at + 1), sumOf(series, from, to), 1 / windows, alpha);
  };
}

/** `negativeBinomialTest` of the last window against the windows before it. */
export function negativeBinomialChange({
  window = 7,
  windows = 12,
  gap = 0,
  alpha = 0.025,
}: ExactOptions = {}): Judge {
  return (series, at) => {
    const recentFrom = at + 1 - window;
    const to = recentFrom - gap * window;
    const from = to - windows * window;
    if (from < 0) return undefined;
    const before = Float64Array.from({ length: windows }, (_, i) =>
      sumOf(series, from + i * window, from + (i + 1) * window),
    );
    return negativeBinomialTest(sumOf(series, recentFrom, at + 1), before, alpha);
  };
}
