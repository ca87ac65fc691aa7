/** Keeps the weights of a few, well separated outcomes finite. */
const penalty = 1e-3;

/**
 * Logistic regression by Newton's method: bias and weights, which are 0 or more, as evidence never speaks
 * against itself. `x` has one row of features an outcome.
 */
export function logisticOf(x: readonly (readonly number[])[], right: readonly boolean[]): number[] {
  const size = 1 + (x[0]?.length ?? 0);
  const used = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    const weights = newton(x, right, used);
    const against = used.slice(1).filter((i) => (weights[i] ?? 0) < 0);
    if (against.length === 0) return weights;
    const worst = against.reduce((a, b) => ((weights[a] ?? 0) < (weights[b] ?? 0) ? a : b));
    used.splice(used.indexOf(worst), 1);
  }
}

function newton(
  x: readonly (readonly number[])[],
  right: readonly boolean[],
  used: readonly number[],
): number[] {
  const rows = x.map((row) => used.map((i) => (i === 0 ? 1 : (row[i - 1] ?? 0))));
  let weights = used.map(() => 0);
  for (let step = 0; step < 50; step++) {
    const gradient = weights.map((weight) => penalty * weight);
    const curve = used.map((_, i) => used.map((__, j): number => (i === j ? penalty : 0)));
    rows.forEach((row, n) => {
      const sum = row.reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
      const p = 1 / (1 + Math.exp(-sum));
      row.forEach((a, i) => {
        gradient[i] = (gradient[i] ?? 0) + a * (p - (right[n] ? 1 : 0));
        const line = curve[i] ?? [];
        row.forEach((b, j) => (line[j] = (line[j] ?? 0) + a * b * p * (1 - p)));
      });
    });
    const change = solved(curve, gradient);
    weights = weights.map((weight, i) => weight - (change[i] ?? 0));
    if (Math.max(...change.map(Math.abs)) < 1e-9) break;
  }
  const all = Array.from({ length: 1 + (x[0]?.length ?? 0) }, () => 0);
  used.forEach((i, at) => (all[i] = weights[at] ?? 0));
  return all;
}

/** Solves a small symmetric, positive definite system by elimination. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  rows.forEach((pivot, i) => {
    rows.forEach((row, j) => {
      if (i === j) return;
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1);
      pivot.forEach((value, k) => (row[k] = (row[k] ?? 0) - factor * value));
    });
  });
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}
