import { densityFront, gammaQuantile, quantileStart } from './distributions.ts';
import { deviance, digamma, gammaP, logGamma } from './special.ts';
import type { Estimate } from './table.ts';

/** Two gamma distributions of the ratio observed to expected and the share of the first. */
export type Prior = {
  readonly alpha1: number;
  readonly beta1: number;
  readonly alpha2: number;
  readonly beta2: number;
  /** Weight of the first component, 0 to 1. */
  readonly weight: number;
};

/** Where DuMouchel's search of 1999 starts. */
export const startPrior: Prior = {
  alpha1: 0.2,
  beta1: 0.1,
  alpha2: 2,
  beta2: 4,
  weight: 1 / 3,
};

/**
 * Logarithm of the probability of `observed` people under one component: negative binomial with shape `alpha` and
 * odds `beta` to `expected`. Written as the ratio that keeps its digits at large counts.
 */
export function logNegativeBinomial(observed: number, expected: number, alpha: number, beta: number): number {
  const total = beta + expected;
  return (
    logGamma(observed + alpha) -
    logGamma(alpha) -
    logGamma(observed + 1) +
    alpha * Math.log(beta / total) +
    (observed === 0 ? 0 : observed * Math.log(expected / total))
  );
}

/** Posterior of the ratio for one pair: weight of the first component, shapes and rates of both. */
export type Posterior = {
  readonly weight: number;
  readonly shape1: number;
  readonly rate1: number;
  readonly shape2: number;
  readonly rate2: number;
};

/** The mixture after `observed` people where `expected` were expected. */
export function posterior(observed: number, expected: number, prior: Prior): Posterior {
  const { alpha1, beta1, alpha2, beta2, weight } = prior;
  const first = logNegativeBinomial(observed, expected, alpha1, beta1);
  const second = logNegativeBinomial(observed, expected, alpha2, beta2);
  const odds = ((1 - weight) / weight) * Math.exp(second - first);
  return {
    weight: weight === 0 ? 0 : 1 / (1 + odds),
    shape1: alpha1 + observed,
    rate1: beta1 + expected,
    shape2: alpha2 + observed,
    rate2: beta2 + expected,
  };
}

/** Quantile of a mixture of two gamma distributions: Newton's steps between bounds, 10 digits. */
export function mixtureQuantile(p: number, { weight, shape1, rate1, shape2, rate2 }: Posterior): number {
  if (weight > 1 - 1e-12) return gammaQuantile(p, shape1, rate1);
  if (weight < 1e-12) return gammaQuantile(p, shape2, rate2);
  const rest = 1 - weight;
  const front1 = densityFront(shape1);
  const front2 = densityFront(shape2);
  let low = 0;
  let high = Infinity;
  const start1 = quantileStart(p, shape1) / rate1;
  const start2 = quantileStart(p, shape2) / rate2;
  let x = weight * start1 + rest * start2;
  for (let step = 0; step < 200; step++) {
    const x1 = rate1 * x;
    const x2 = rate2 * x;
    const density1 = front1 * Math.exp(-deviance(shape1, x1));
    const density2 = front2 * Math.exp(-deviance(shape2, x2));
    const miss = weight * gammaP(shape1, x1, density1) + rest * gammaP(shape2, x2, density2) - p;
    if (miss > 0) high = x;
    else low = x;
    // The density of x is the Poisson density times shape over x.
    let next = x - (miss * x) / (weight * shape1 * density1 + rest * shape2 * density2);
    if (!(next > low && next < high)) {
      // By magnitude: with small shapes the two starts can lie sixty orders apart.
      if (high === Infinity) next = x * 2;
      else if (low > 0) next = Math.sqrt(low) * Math.sqrt(high);
      else next = Math.min(start1, start2, high / 2);
    }
    if (Math.abs(next - x) <= 1e-10 * x) return next;
    x = next;
  }
  return x;
}

/**
 * Empirical Bayes geometric mean of the ratio observed to expected, with EB05 and EB95 as `low` and `high`: a 90 %
 * interval (DuMouchel 1999).
 */
export function ebgm(observed: number, expected: number, prior: Prior): Estimate {
  const mixture = posterior(observed, expected, prior);
  const { weight, shape1, rate1, shape2, rate2 } = mixture;
  const log =
    weight * (digamma(shape1) - Math.log(rate1)) + (1 - weight) * (digamma(shape2) - Math.log(rate2));
  return {
    value: Math.exp(log),
    low: mixtureQuantile(0.05, mixture),
    high: mixtureQuantile(0.95, mixture),
  };
}
