/** A fitted log-linear quasi-Poisson model. Rows are observations, columns of the design are given one by one. */
export type QuasiPoisson = {
  readonly coefficients: Float64Array;
  readonly fitted: Float64Array;
  /** Diagonal of the hat matrix of the last weighted fit. */
  readonly hat: Float64Array;
  /** Inverse of X'WX of the last weighted fit, by rows. */
  readonly covariance: Float64Array;
  /** Pearson's estimate of the dispersion, before any floor. */
  readonly dispersion: number;
  readonly degreesOfFreedom: number;
};

const tolerance = 1e-8;
const maxSteps = 25;
const least = 2 ** -52;

/**
 * Fits log E(y) = X b by iteratively reweighted least squares, with the start, the convergence rule and the weights of
 * the last step as `glm.fit` of R has them, so that the figures agree to its last digits.
 * @param design columns of the design, each as long as `counts`
 * @param weights prior weights, 1 each by default
 * @returns undefined where it does not converge or the columns depend on each other
 */
export function fitQuasiPoisson(
  design: readonly Float64Array[],
  counts: ArrayLike<number>,
  weights?: Float64Array,
): QuasiPoisson | undefined {
  const rows = counts.length;
  const columns = design.length;
  const prior = (row: number): number => weights?.[row] ?? 1;
  const fitted = Float64Array.from(counts, (y) => y + 0.1);
  const linear = fitted.map(Math.log);
  const used = new Float64Array(rows);
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step < maxSteps; step++) {
    const cross = new Float64Array(columns * columns);
    const right = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      const mu = fitted[row] ?? 0;
      const weight = prior(row) * mu;
      used[row] = weight;
      const target = (linear[row] ?? 0) + ((counts[row] ?? 0) - mu) / mu;
      for (const [i, column] of design.entries()) {
        const x = (column[row] ?? 0) * weight;
        if (x === 0) continue;
        right[i] = (right[i] ?? 0) + x * target;
        for (let j = 0; j <= i; j++) {
          cross[i * columns + j] = (cross[i * columns + j] ?? 0) + x * (design[j]?.[row] ?? 0);
        }
      }
    }
    const covariance = invert(cross, columns);
    if (!covariance) return undefined;
    const coefficients = Float64Array.from(right, (_, i) => {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += (covariance[i * columns + j] ?? 0) * (right[j] ?? 0);
      return sum;
    });
    let deviance = 0;
    for (let row = 0; row < rows; row++) {
      let eta = 0;
      for (const [i, column] of design.entries()) eta += (column[row] ?? 0) * (coefficients[i] ?? 0);
      const mu = Math.max(Math.exp(eta), least);
      const y = counts[row] ?? 0;
      linear[row] = eta;
      fitted[row] = mu;
      deviance += 2 * prior(row) * ((y === 0 ? 0 : y * Math.log(y / mu)) - (y - mu));
    }
    if (!Number.isFinite(deviance)) return undefined;
    if (Math.abs(deviance - before) / (Math.abs(deviance) + 0.1) < tolerance) {
      return {
        coefficients,
        fitted,
        covariance,
        hat: used.map((weight, row) => weight * quadratic(design, covariance, row)),
        ...dispersionOf(counts, fitted, used, columns),
      };
    }
    before = deviance;
  }
  return undefined;
}

/** x' C x of one row of the design. */
function quadratic(design: readonly Float64Array[], covariance: Float64Array, row: number): number {
  let sum = 0;
  for (const [i, one] of design.entries()) {
    const x = one[row] ?? 0;
    if (x === 0) continue;
    for (const [j, two] of design.entries()) {
      sum += x * (covariance[i * design.length + j] ?? 0) * (two[row] ?? 0);
    }
  }
  return sum;
}

function dispersionOf(
  counts: ArrayLike<number>,
  fitted: Float64Array,
  used: Float64Array,
  columns: number,
): { dispersion: number; degreesOfFreedom: number } {
  let sum = 0;
  let rows = 0;
  for (const [row, mu] of fitted.entries()) {
    const weight = used[row] ?? 0;
    if (weight === 0) continue;
    rows += 1;
    sum += weight * (((counts[row] ?? 0) - mu) / mu) ** 2;
  }
  const degreesOfFreedom = rows - columns;
  return { dispersion: degreesOfFreedom > 0 ? sum / degreesOfFreedom : Number.NaN, degreesOfFreedom };
}

/** Inverse of a positive definite matrix whose lower triangle is given, by Cholesky; undefined where singular. */
function invert(matrix: Float64Array, size: number): Float64Array | undefined {
  const root = new Float64Array(size * size);
  const at = (values: Float64Array, i: number, j: number): number => values[i * size + j] ?? 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix, i, j);
      for (let k = 0; k < j; k++) sum -= at(root, i, k) * at(root, j, k);
      if (i !== j) root[i * size + j] = sum / at(root, j, j);
      else if (sum > 1e-13 * at(matrix, i, i)) root[i * size + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const inverse = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    const solution = new Float64Array(size);
    for (let i = column; i < size; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = column; k < i; k++) sum -= at(root, i, k) * (solution[k] ?? 0);
      solution[i] = sum / at(root, i, i);
    }
    for (let i = size - 1; i >= 0; i--) {
      let sum = solution[i] ?? 0;
      for (let k = i + 1; k < size; k++) sum -= at(root, k, i) * at(inverse, k, column);
      inverse[i * size + column] = sum / at(root, i, i);
    }
  }
  return inverse;
}
