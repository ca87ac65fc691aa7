import { gammaQuantile, z975 } from './distributions.ts';
import { digamma, trigamma } from './special.ts';
import type { Estimate, Table } from './table.ts';

const shrinkage = 0.5;

/**
 * Information component as observed to expected with shrinkage, `log2((a + 1/2) / (E + 1/2))`; IC025 and IC975 are
 * the logarithms of quantiles of the gamma posterior with shape `a + 1/2` and rate `E + 1/2` (Norén, Hopstadius and
 * Bate 2013). What the Uppsala Monitoring Centre computes today.
 * @param expected people expected, plain or over strata
 */
export function ic(observed: number, expected: number): Estimate {
  const shape = observed + shrinkage;
  const rate = expected + shrinkage;
  return {
    value: Math.log2(shape / rate),
    low: Math.log2(gammaQuantile(0.025, shape, rate)),
    high: Math.log2(gammaQuantile(0.975, shape, rate)),
  };
}

/**
 * Information component of the Bayesian confidence propagation neural network as first published, with beta priors
 * and exact posterior mean and variance (Bate and others 1998; Gould 2003), normal 95 % interval. More conservative
 * at small counts than `ic`.
 */
export function bcpnn({ a, b, c, d }: Table): Estimate {
  const n = a + b + c + d;
  const p1 = 1 + a + b;
  const p2 = 1 + c + d;
  const q1 = 1 + a + c;
  const q2 = 1 + b + d;
  const r1 = 1 + a;
  const r2 = n - a - 1 + (2 + n) ** 2 / (q1 * p1);
  const mean =
    digamma(r1) - digamma(r1 + r2) - (digamma(p1) - digamma(p1 + p2) + digamma(q1) - digamma(q1 + q2));
  const variance =
    trigamma(r1) - trigamma(r1 + r2) + trigamma(p1) - trigamma(p1 + p2) + trigamma(q1) - trigamma(q1 + q2);
  const value = mean / Math.LN2;
  const half = (z975 * Math.sqrt(variance)) / Math.LN2;
  return { value, low: value - half, high: value + half };
}
