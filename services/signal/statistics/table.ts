/**
 * A two-by-two table in people: `a` named the product with the effect, `b` the product with other effects only,
 * `c` other products with the effect, `d` neither.
 */
export type Table = { readonly a: number; readonly b: number; readonly c: number; readonly d: number };

/** An estimate with its interval: 95 % unless the statistic says otherwise. */
export type Estimate = { readonly value: number; readonly low: number; readonly high: number };

/**
 * Pairs as columns, all of one comparator: people of the pair, of the product, of the event; `n` people in all.
 * The arrays have one entry per pair.
 */
export type PairColumns = {
  readonly n11: Float64Array;
  readonly n1x: Float64Array;
  readonly nx1: Float64Array;
  readonly n: number;
};

/**
 * The table from the counts of distinct people. A person may name the product and the effect in different posts,
 * which puts them into both margins and not into the pair; the cells are therefore held at zero or more.
 */
export function tableOf(n11: number, n1x: number, nx1: number, n: number): Table {
  const b = Math.max(0, n1x - n11);
  const c = Math.max(0, nx1 - n11);
  return { a: n11, b, c, d: Math.max(0, n - n11 - b - c) };
}

/** People expected in the first cell were product and effect independent. */
export function expectedOf({ a, b, c, d }: Table): number {
  const n = a + b + c + d;
  return n === 0 ? 0 : ((a + b) * (a + c)) / n;
}

/** What to do where a cell is zero: add a half to all four (Haldane 1940, Anscombe 1956), or nothing. */
export type ZeroCells = 'haldane' | 'none';

/** The table that a ratio is taken of. */
export function corrected(table: Table, zeroCells: ZeroCells): Table {
  const { a, b, c, d } = table;
  if (zeroCells === 'none' || (a > 0 && b > 0 && c > 0 && d > 0)) return table;
  return { a: a + 0.5, b: b + 0.5, c: c + 0.5, d: d + 0.5 };
}
