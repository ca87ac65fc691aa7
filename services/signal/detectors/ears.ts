import { normalQuantile, normalUpper } from '../statistics/distributions.ts';
import type { Judge } from './series.ts';

export type EarsVariant = 'C1' | 'C2' | 'C3';

export type EarsOptions = {
  /** Days of the baseline. */
  readonly baseline?: number;
  /** One-sided chance of a false alarm a day; by default 0.001 for C1 and C2, 0.025 for C3. */
  readonly alpha?: number;
  /**
   * Least standard deviation: a baseline of zeros would otherwise make one person an alarm. At 0.6 one person alone
   * never is. 0 is what `surveillance` does.
   */
  readonly minSigma?: number;
};

const lags: Readonly<Record<EarsVariant, number>> = { C1: 0, C2: 2, C3: 2 };

/**
 * EARS of the Centers for Disease Control (Hutwagner and others 2003; Fricker, Hegler and Dunfee 2008). C1: mean and
 * deviation of the seven days before; C2: of the seven days that end three days before; C3: C2 plus what the two days
 * before exceeded one deviation by.
 */
export function ears(
  variant: EarsVariant,
  { baseline = 7, alpha = variant === 'C3' ? 0.025 : 0.001, minSigma = 0.6 }: EarsOptions = {},
): Judge {
  const lag = lags[variant];
  const z = normalQuantile(1 - alpha);
  const reach = baseline + lag + (variant === 'C3' ? 2 : 0);
  let mean = 0;
  let deviation = 0;
  const learn = (series: ArrayLike<number>, at: number): void => {
    const last = at - lag;
    let sum = 0;
    for (let day = last - baseline; day < last; day++) sum += series[day] ?? 0;
    mean = sum / baseline;
    let squares = 0;
    for (let day = last - baseline; day < last; day++) squares += ((series[day] ?? 0) - mean) ** 2;
    deviation = Math.max(minSigma, Math.sqrt(squares / (baseline - 1)));
  };
  /** C2 of a day; a day like its flat baseline is no excess. */
  const score = (y: number): number => (y === mean ? 0 : (y - mean) / deviation);
  return (series, at) => {
    if (at < reach) return undefined;
    let carried = 0;
    if (variant === 'C3') {
      for (const before of [2, 1]) {
        learn(series, at - before);
        carried += Math.max(0, score(series[at - before] ?? 0) - 1);
      }
    }
    learn(series, at);
    const y = series[at] ?? 0;
    const upper = carried === 0 ? mean + z * deviation : Math.max(0, mean + deviation * (z - carried));
    const excess = score(y) + carried;
    return {
      expected: mean,
      upper,
      alarm: y > upper,
      get p() {
        return normalUpper(excess);
      },
    };
  };
}
