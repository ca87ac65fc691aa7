/**
 * Special functions that the statistics need, in double precision: relative error about 1e-13 over the range of
 * counts (checked against SciPy's Cephes and Boost in the tests). Written here because the kept libraries of
 * comparable precision arrive as some 240 packages for the ten functions.
 */

const halfLogTwoPi = 0.9189385332046728;
const lentzTiny = 1e-300;
const epsilon = 1e-16;
const maxSteps = 200_000;

/** Error of Stirling's formula, `ln x! - (x ln x - x + ln(2 pi x) / 2)`, for x > 0 (Loader 2000). */
export function stirlingError(x: number): number {
  if (x < 16) return logGamma(x + 1) - ((x + 0.5) * Math.log(x) - x + halfLogTwoPi);
  const y = 1 / (x * x);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - y / 1188) * y) * y) * y) / x;
}

/** Natural logarithm of the gamma function, x > 0. */
export function logGamma(x: number): number {
  let shift = 1;
  let z = x;
  while (z < 12) {
    shift *= z;
    z += 1;
  }
  const y = 1 / (z * z);
  const series =
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - (691 / 360_360 - (1 / 156) * y) * y) * y) * y) * y) *
        y) /
    z;
  return (z - 0.5) * Math.log(z) - z + halfLogTwoPi + series - Math.log(shift);
}

/** First derivative of `logGamma`, x > 0. */
export function digamma(x: number): number {
  let sum = 0;
  let z = x;
  while (z < 12) {
    sum -= 1 / z;
    z += 1;
  }
  const y = 1 / (z * z);
  const series =
    y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - (691 / 32_760) * y)))));
  return sum + Math.log(z) - 0.5 / z - series;
}

/** Second derivative of `logGamma`, x > 0. */
export function trigamma(x: number): number {
  let sum = 0;
  let z = x;
  while (z < 14) {
    sum += 1 / (z * z);
    z += 1;
  }
  const y = 1 / (z * z);
  const series =
    1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - y * (5 / 66 - y * (691 / 2730 - (7 / 6) * y)))));
  return sum + 1 / z + y / 2 + (series * y) / z;
}

/** Deviance term `x ln(x / m) + m - x` without loss of digits where x is near m (Loader 2000). */
export function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) < 0.1 * (x + mean)) {
    const v = (x - mean) / (x + mean);
    let sum = (x - mean) * v;
    let term = 2 * x * v;
    for (let j = 1; j < 1000; j++) {
      term *= v * v;
      const next = sum + term / (2 * j + 1);
      if (next === sum) return next;
      sum = next;
    }
    return sum;
  }
  return x * Math.log(x / mean) + mean - x;
}

/** Density of a Poisson variable continued to real x >= 0: `mean^x e^-mean / Gamma(x + 1)`. */
export function poissonDensity(x: number, mean: number): number {
  if (mean === 0) return x === 0 ? 1 : 0;
  if (x === 0) return Math.exp(-mean);
  if (x < 1) return Math.exp(x * Math.log(mean) - mean - logGamma(x + 1));
  return Math.exp(-stirlingError(x) - deviance(x, mean)) / Math.sqrt(2 * Math.PI * x);
}

function gammaSeries(a: number, x: number, density: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < maxSteps; k++) {
    term *= x / (a + k);
    sum += term;
    if (term < sum * epsilon) break;
  }
  return sum * density;
}

function gammaFraction(a: number, x: number, density: number): number {
  let b = x + 1 - a;
  let c = 1 / lentzTiny;
  let d = 1 / b;
  let h = d;
  for (let k = 1; k < maxSteps; k++) {
    const an = -k * (k - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < lentzTiny) d = lentzTiny;
    c = b + an / c;
    if (Math.abs(c) < lentzTiny) c = lentzTiny;
    d = 1 / d;
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 2 * epsilon) break;
  }
  // x^a e^-x / Gamma(a) is a times the Poisson density continued to a.
  return h * a * density;
}

/**
 * Regularised lower incomplete gamma function P(a, x), a > 0, x >= 0.
 * @param density `poissonDensity(a, x)`, where the caller has it already
 */
export function gammaP(a: number, x: number, density = poissonDensity(a, x)): number {
  if (x <= 0) return 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  return x < a + 1 ? gammaSeries(a, x, density) : 1 - gammaFraction(a, x, density);
}

/** Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x), precise in the upper tail. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const density = poissonDensity(a, x);
  return x < a + 1 ? 1 - gammaSeries(a, x, density) : gammaFraction(a, x, density);
}

/** `x^a (1-x)^b / B(a, b)`, by Loader's saddle point where both are large. */
function betaFront(a: number, b: number, x: number, rest: number): number {
  if (a < 1 || b < 1) {
    return Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest));
  }
  const n = a + b;
  const log =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * rest);
  return Math.exp(log) * Math.sqrt((a * b) / (2 * Math.PI * n));
}

function betaFraction(a: number, b: number, x: number): number {
  const guard = (value: number): number => (Math.abs(value) < lentzTiny ? lentzTiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < maxSteps; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 2 * epsilon) break;
  }
  return h;
}

/**
 * Regularised incomplete beta function I_x(a, b), a > 0, b > 0.
 * @param rest 1 - x, given where x is so near to 1 that the subtraction would lose it
 */
export function betaI(a: number, b: number, x: number, rest = 1 - x): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const front = betaFront(a, b, x, rest);
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, rest)) / b;
}
