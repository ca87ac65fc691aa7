import { betaI, deviance, gammaP, gammaQ, logGamma, stirlingError } from './special.ts';

/** Quantile 0.975 of the standard normal distribution: half the width of a 95 % interval. */
export const z975 = 1.959963984540054;

/** P(Z <= z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  const half = gammaQ(0.5, (z * z) / 2) / 2;
  return z < 0 ? half : 1 - half;
}

/** P(Z > z) of the standard normal distribution, precise in the upper tail. */
export function normalUpper(z: number): number {
  return normalCdf(-z);
}

const central = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
] as const;
const centralUnder = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
] as const;
const middle = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
] as const;
const middleUnder = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
] as const;
const tail = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
] as const;
const tailUnder = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
] as const;

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

/** Quantile of the standard normal distribution (Wichura 1988, algorithm AS 241, 16 digits). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(central, r)) / horner(centralUnder, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z =
    r <= 5
      ? horner(middle, r - 1.6) / horner(middleUnder, r - 1.6)
      : horner(tail, r - 5) / horner(tailUnder, r - 5);
  return q < 0 ? -z : z;
}

/** P(X > x) of chi-square with one degree of freedom. */
export function chiSquareUpper(x: number): number {
  return gammaQ(0.5, x / 2);
}

/** P(T > t) of Student's distribution with `df` degrees of freedom. */
export function studentUpper(t: number, df: number): number {
  const square = t * t;
  const half = betaI(df / 2, 0.5, df / (df + square), square / (df + square)) / 2;
  return t < 0 ? 1 - half : half;
}

/** Quantile of Student's distribution: bisection of the tail, 15 digits. */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentUpper(high, df) > 1 - p) high *= 2;
  for (let step = 0; step < 200; step++) {
    const half = (low + high) / 2;
    if (half === low || half === high) break;
    if (studentUpper(half, df) > 1 - p) low = half;
    else high = half;
  }
  return (low + high) / 2;
}

/** What `poissonDensity(shape, x)` has besides `exp(-deviance(shape, x))`: the same for all x. */
export function densityFront(shape: number): number {
  return Math.exp(-stirlingError(shape)) / Math.sqrt(2 * Math.PI * shape);
}

/**
 * Start of a search for the quantile of a gamma distribution of rate 1: Wilson and Hilferty 1931, and the first term of
 * the series where the shape is small.
 */
export function quantileStart(p: number, shape: number): number {
  const cube = 1 - 1 / (9 * shape) + normalQuantile(p) / (3 * Math.sqrt(shape));
  return shape > 0.6 && cube > 0.1
    ? shape * cube ** 3
    : Math.exp((Math.log(p) + logGamma(shape + 1)) / shape);
}

/**
 * Quantile of a gamma distribution: x with P(X <= x) = p.
 * @param shape > 0
 * @param rate > 0, per unit of x
 */
export function gammaQuantile(p: number, shape: number, rate: number): number {
  if (!(p > 0)) return 0;
  if (p >= 1) return Infinity;
  const front = densityFront(shape);
  let x = quantileStart(p, shape);
  let low = 0;
  let high = Infinity;
  for (let step = 0; step < 100; step++) {
    const poisson = front * Math.exp(-deviance(shape, x));
    const miss = gammaP(shape, x, poisson) - p;
    if (miss > 0) high = x;
    else low = x;
    const newton = (miss * x) / (poisson * shape);
    // Halley's step, from the second derivative of the distribution function.
    let next = x - newton / (1 - Math.min(1, Math.max(-1, (newton * ((shape - 1) / x - 1)) / 2)) || 1);
    if (!(next > low && next < high)) next = high === Infinity ? x * 2 : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-15 * x) return next / rate;
    x = next;
  }
  return x / rate;
}

/** P(X >= k) of a Poisson variable with the mean given; 1 where k <= 0. */
export function poissonUpper(k: number, mean: number): number {
  if (k <= 0) return 1;
  return mean <= 0 ? 0 : gammaP(k, mean);
}

/**
 * P(X >= k) of a negative binomial variable.
 * @param size dispersion: variance = mean + mean^2 / size
 */
export function negativeBinomialUpper(k: number, mean: number, size: number): number {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  const failure = mean / (mean + size);
  return betaI(k, size, failure, size / (mean + size));
}

/** The smallest count whose distribution function reaches p, searched from the mean outwards. */
export function countQuantile(p: number, mean: number, upper: (k: number) => number): number {
  const reached = (k: number): boolean => 1 - upper(k + 1) >= p;
  let high = Math.max(1, Math.ceil(mean));
  while (!reached(high)) high *= 2;
  let low = -1;
  while (high - low > 1) {
    const half = Math.floor((low + high) / 2);
    if (reached(half)) high = half;
    else low = half;
  }
  return high;
}
