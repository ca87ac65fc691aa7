import { startPrior } from './ebgm.ts';
import type { Prior } from './ebgm.ts';
import { minimise } from './minimise.ts';
import { digamma, logGamma } from './special.ts';

/** Counts of many pairs: people observed (1 or more) and expected (more than 0), one entry per pair. */
export type Counts = { readonly observed: ArrayLike<number>; readonly expected: ArrayLike<number> };

export type Fit = {
  readonly prior: Prior;
  /** Mean log-likelihood of a pair at the maximum. */
  readonly logLikelihood: number;
  readonly pairs: number;
  readonly converged: boolean;
};

/** Fewer pairs tell nothing about five parameters. */
export const leastPairs = 50;
/** More pairs than this are grouped before the fit. */
const mostUngrouped = 20_000;
const groupWidth = 0.02;
/** Bounds of the logarithms of shapes and rates, and of the logit of the weight. */
const bounds = [Math.log(1e-4), Math.log(100)] as const;

const starts: readonly Prior[] = [
  startPrior,
  { alpha1: 0.2041, beta1: 0.05816, alpha2: 1.415, beta2: 1.838, weight: 0.0969 },
  { alpha1: 4, beta1: 1, alpha2: 8, beta2: 10, weight: 0.1 },
];

/** Groups: distinct observed counts, and for each group which of them, the people expected and how many pairs. */
type Groups = {
  readonly distinct: Float64Array;
  readonly which: Uint32Array;
  readonly expected: Float64Array;
  readonly pairs: Float64Array;
  readonly total: number;
};

/**
 * Fits the two-gamma mixture of MGPS by maximum likelihood over all pairs that were seen at least once, each under
 * the distribution truncated at zero (DuMouchel 1999; truncation as in DuMouchel and Pregibon 2001). Above 20,000
 * pairs, those of one count whose expectations lie within 2 % are taken together. BFGS from three starts, the best
 * one wins; the first component is the one with the larger mean.
 * @returns undefined where fewer than `leastPairs` pairs were seen
 */
export function fitPrior(counts: Counts): Fit | undefined {
  const groups = group(counts);
  if (groups.total < leastPairs) return undefined;
  const value = negativeLogLikelihood(groups);
  const fits = starts.map((prior) => minimise(value, toVector(prior), { bounds }));
  const best = fits.reduce((least, fit) => (fit.value < least.value ? fit : least));
  return {
    prior: ordered(fromVector(best.at)),
    logLikelihood: -best.value,
    pairs: groups.total,
    converged: best.converged,
  };
}

/** Mean log-likelihood of a pair under a prior, of the distribution truncated at zero. */
export function logLikelihood(counts: Counts, prior: Prior): number {
  return -negativeLogLikelihood(group(counts))(toVector(prior), new Float64Array(5));
}

function toVector({ alpha1, beta1, alpha2, beta2, weight }: Prior): Float64Array {
  const logit = Math.log(weight / (1 - weight));
  return Float64Array.of(Math.log(alpha1), Math.log(beta1), Math.log(alpha2), Math.log(beta2), logit);
}

function fromVector(at: Float64Array): Prior {
  const [alpha1 = 0, beta1 = 0, alpha2 = 0, beta2 = 0] = at.subarray(0, 4).map(Math.exp);
  return { alpha1, beta1, alpha2, beta2, weight: 1 / (1 + Math.exp(-(at[4] ?? 0))) };
}

function ordered({ alpha1, beta1, alpha2, beta2, weight }: Prior): Prior {
  return alpha1 / beta1 >= alpha2 / beta2
    ? { alpha1, beta1, alpha2, beta2, weight }
    : { alpha1: alpha2, beta1: beta2, alpha2: alpha1, beta2: beta1, weight: 1 - weight };
}

function group({ observed, expected }: Counts): Groups {
  const seen: number[] = [];
  for (let at = 0; at < observed.length; at++) {
    if ((observed[at] ?? 0) >= 1 && (expected[at] ?? 0) > 0) seen.push(at);
  }
  const n = (at: number): number => observed[at] ?? 0;
  const e = (at: number): number => expected[at] ?? 0;
  seen.sort((a, b) => n(a) - n(b) || e(a) - e(b));
  const width = seen.length > mostUngrouped ? groupWidth : 0;
  const distinct: number[] = [];
  const which: number[] = [];
  const sums: number[] = [];
  const pairs: number[] = [];
  let first = 0;
  for (const at of seen) {
    const isNew = n(at) !== distinct.at(-1);
    if (isNew) distinct.push(n(at));
    if (isNew || e(at) > first * (1 + width)) {
      first = e(at);
      which.push(distinct.length - 1);
      sums.push(e(at));
      pairs.push(1);
    } else {
      const last = sums.length - 1;
      sums[last] = (sums[last] ?? 0) + e(at);
      pairs[last] = (pairs[last] ?? 0) + 1;
    }
  }
  return {
    distinct: Float64Array.from(distinct),
    which: Uint32Array.from(which),
    expected: Float64Array.from(sums, (sum, at) => sum / (pairs[at] ?? 1)),
    pairs: Float64Array.from(pairs),
    total: seen.length,
  };
}

/** Mean negative log-likelihood over logarithms of shapes and rates and the logit of the weight. */
function negativeLogLikelihood(groups: Groups): (at: Float64Array, gradient: Float64Array) => number {
  const { distinct, which, expected, pairs, total } = groups;
  const factorials = distinct.map((n) => logGamma(n + 1));
  const size = distinct.length;
  const logs = [new Float64Array(size), new Float64Array(size)] as const;
  const slopes = [new Float64Array(size), new Float64Array(size)] as const;
  return (at, gradient) => {
    const { alpha1, beta1, alpha2, beta2, weight } = fromVector(at);
    const rest = 1 / (1 + Math.exp(at[4] ?? 0));
    for (const [k, alpha] of [alpha1, alpha2].entries()) {
      const log = logs[k];
      const slope = slopes[k];
      if (!log || !slope) continue;
      const base = logGamma(alpha);
      const baseSlope = digamma(alpha);
      for (let u = 0; u < size; u++) {
        const n = distinct[u] ?? 0;
        log[u] = logGamma(n + alpha) - base - (factorials[u] ?? 0);
        slope[u] = digamma(n + alpha) - baseSlope;
      }
    }
    const logWeight = Math.log(weight);
    const logRest = Math.log(rest);
    let value = 0;
    let ga1 = 0;
    let gb1 = 0;
    let ga2 = 0;
    let gb2 = 0;
    let gw = 0;
    for (let g = 0; g < which.length; g++) {
      const u = which[g] ?? 0;
      const n = distinct[u] ?? 0;
      const e = expected[g] ?? 0;
      const many = pairs[g] ?? 0;
      const rate1 = -Math.log1p(e / beta1);
      const rate2 = -Math.log1p(e / beta2);
      const one = logWeight + (logs[0][u] ?? 0) + alpha1 * rate1 + n * Math.log(e / (beta1 + e));
      const two = logRest + (logs[1][u] ?? 0) + alpha2 * rate2 + n * Math.log(e / (beta2 + e));
      const most = Math.max(one, two);
      const mixed = most + Math.log(Math.exp(one - most) + Math.exp(two - most));
      const r1 = Math.exp(one - mixed);
      const r2 = Math.exp(two - mixed);
      // Probability of zero under each component; what is left is the truncated distribution's mass.
      const left1 = -Math.expm1(alpha1 * rate1);
      const left2 = -Math.expm1(alpha2 * rate2);
      const mass = weight * left1 + rest * left2;
      value -= many * (mixed - Math.log(mass));
      const w1 = (weight * (1 - left1)) / mass;
      const w2 = (rest * (1 - left2)) / mass;
      ga1 -= many * alpha1 * (r1 * ((slopes[0][u] ?? 0) + rate1) + w1 * rate1);
      ga2 -= many * alpha2 * (r2 * ((slopes[1][u] ?? 0) + rate2) + w2 * rate2);
      gb1 -= many * (r1 * (alpha1 - (beta1 * (alpha1 + n)) / (beta1 + e)) + (w1 * alpha1 * e) / (beta1 + e));
      gb2 -= many * (r2 * (alpha2 - (beta2 * (alpha2 + n)) / (beta2 + e)) + (w2 * alpha2 * e) / (beta2 + e));
      gw -= many * (r1 - weight - ((left1 - left2) * weight * rest) / mass);
    }
    gradient.set([ga1 / total, gb1 / total, ga2 / total, gb2 / total, gw / total]);
    return value / total;
  };
}
