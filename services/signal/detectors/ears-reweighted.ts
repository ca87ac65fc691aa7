import { studentQuantile, studentUpper } from '../statistics/distributions.ts';
import type { Judge } from './series.ts';

export type ReweightedOptions = {
  /** One-sided chance of a false alarm a day. */
  readonly alpha?: number;
  /** Days of the baseline whose studentised residual lies beyond this share of the t distribution weigh less. */
  readonly alphaOutlier?: number;
  /** Power of the down-weighting. */
  readonly decay?: number;
  /** Number of days, or of same weekdays, in the baseline. */
  readonly baseline?: number;
  /** Compare with the same weekday of the weeks before. */
  readonly sameWeekday?: boolean;
  /** Least standard deviation, as in `EarsOptions`; 0 is what epitweetr does. */
  readonly minSigma?: number;
};

/**
 * EARS with a t interval and outliers of the baseline down-weighted, as `ears_t_reweighted` of epitweetr (Espinosa and
 * others 2022; the weights after Farrington and others 1996). Where all days of the baseline are alike epitweetr
 * answers NA; here the weights are equal then and `minSigma` is the deviation.
 */
export function earsReweighted({
  alpha = 0.025,
  alphaOutlier = 0.05,
  decay = 4,
  baseline = 7,
  sameWeekday = false,
  minSigma = 0.6,
}: ReweightedOptions = {}): Judge {
  const step = sameWeekday ? 7 : 1;
  const n = baseline;
  const t = studentQuantile(1 - alpha, n - 1);
  const outlier = studentQuantile(1 - alphaOutlier, n - 2);
  const spread = Math.sqrt(1 + 1 / n);
  const past = new Float64Array(n);
  const weights = new Float64Array(n);
  return (series, at) => {
    if (at < n * step) return undefined;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = series[at - (n - i) * step] ?? 0;
      past[i] = value;
      sum += value;
      squares += value * value;
    }
    const mean = sum / n;
    let total = 0;
    let weighted = 0;
    for (let i = 0; i < n; i++) {
      const value = past[i] ?? 0;
      const residual = value - mean;
      // Deviation of the baseline without this day; the hat value of a mean is 1 / n.
      const left = sum - value;
      const variance = Math.max(0, squares - value * value - (left * left) / (n - 1)) / (n - 2);
      const student = residual <= 0 ? 0 : residual / Math.sqrt(variance * (1 - 1 / n));
      const weight = student > outlier ? (outlier / student) ** decay : 1;
      weights[i] = weight;
      total += weight;
      weighted += weight * value;
    }
    const centre = weighted / total;
    let about = 0;
    for (let i = 0; i < n; i++) about += (weights[i] ?? 0) * ((past[i] ?? 0) - centre) ** 2;
    const deviation = Math.max(minSigma, Math.sqrt((about * n) / total / (n - 1)));
    const y = series[at] ?? 0;
    const upper = centre + t * deviation * spread;
    const score = y === centre ? 0 : (y - centre) / (deviation * spread);
    return {
      expected: centre,
      upper,
      alarm: y > upper,
      get p() {
        return studentUpper(score, n - 1);
      },
    };
  };
}
