/**
 * Benjamini and Hochberg's adjusted p values (1995): reporting those at most q keeps the expected share of false
 * discoveries at or below q.
 * @param p chances of the tests that were computed; NaN counts as 1
 * @param tests size of the whole grid, when tests that cannot fire were left out of `p` (their p is 1)
 * @returns q values in the order of `p`
 */
export function benjaminiHochberg(p: ArrayLike<number>, tests: number = p.length): Float64Array {
  const size = p.length;
  const grid = Math.max(size, tests);
  const chance = (at: number): number => {
    const value = p[at] ?? 1;
    return Number.isNaN(value) ? 1 : value;
  };
  // Those of 1 come last and stay 1; sorting the values alone is many times faster than sorting their places.
  const below = new Float64Array(size);
  let count = 0;
  for (let at = 0; at < size; at++) if (chance(at) < 1) below[count++] = chance(at);
  const sorted = below.subarray(0, count).sort();
  const adjusted = new Float64Array(count);
  let least = 1;
  for (let rank = count; rank >= 1; rank--) {
    least = Math.min(least, (sorted[rank - 1] ?? 1) * (grid / rank));
    adjusted[rank - 1] = least;
  }
  const q = new Float64Array(size).fill(1);
  for (let at = 0; at < size; at++) {
    const value = chance(at);
    if (value < 1) q[at] = adjusted[firstNotBelow(sorted, value)] ?? 1;
  }
  return q;
}

/** Place of the first entry that is at least the value, in ascending entries. */
function firstNotBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const half = (low + high) >>> 1;
    if ((sorted[half] ?? 0) < value) low = half + 1;
    else high = half;
  }
  return low;
}
