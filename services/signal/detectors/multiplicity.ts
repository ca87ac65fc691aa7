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
  const order = Uint32Array.from({ length: size }, (_, at) => at).sort((x, y) => chance(x) - chance(y));
  const q = new Float64Array(size);
  let least = 1;
  for (let rank = size; rank >= 1; rank--) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, (chance(at) * grid) / rank);
    q[at] = least;
  }
  return q;
}
