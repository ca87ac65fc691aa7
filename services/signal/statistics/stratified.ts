import { z975 } from './distributions.ts';
import { ebgm } from './ebgm.ts';
import type { Prior } from './ebgm.ts';
import { ic } from './ic.ts';
import type { Measures } from './measure.ts';
import { expectedOf } from './table.ts';
import type { Estimate, Table } from './table.ts';

const sum = (tables: readonly Table[], term: (table: Table, n: number) => number): number =>
  tables.reduce((total, table) => {
    const n = table.a + table.b + table.c + table.d;
    return n > 0 ? total + term(table, n) : total;
  }, 0);

/** People expected were product and effect independent within each stratum (DuMouchel 1999; Norén 2013). */
export function stratifiedExpected(strata: readonly Table[]): number {
  return strata.reduce((total, table) => total + expectedOf(table), 0);
}

const around = (value: number, variance: number): Estimate => {
  const half = z975 * Math.sqrt(variance);
  return { value, low: value * Math.exp(-half), high: value * Math.exp(half) };
};

/**
 * Mantel and Haenszel's odds ratio over strata (1959) with the variance of Robins, Breslow and Greenland (1986). NaN
 * or infinite where no stratum has people in the needed cells.
 */
export function stratifiedRor(strata: readonly Table[]): Estimate {
  const r = sum(strata, ({ a, d }, n) => (a * d) / n);
  const s = sum(strata, ({ b, c }, n) => (b * c) / n);
  const variance =
    sum(strata, ({ a, d }, n) => ((a + d) * a * d) / n ** 2) / (2 * r * r) +
    sum(strata, ({ a, b, c, d }, n) => ((a + d) * b * c + (b + c) * a * d) / n ** 2) / (2 * r * s) +
    sum(strata, ({ b, c }, n) => ((b + c) * b * c) / n ** 2) / (2 * s * s);
  return around(r / s, variance);
}

/** Mantel and Haenszel's ratio of proportions over strata with the variance of Greenland and Robins (1985). */
export function stratifiedPrr(strata: readonly Table[]): Estimate {
  const r = sum(strata, ({ a, c, d }, n) => (a * (c + d)) / n);
  const s = sum(strata, ({ a, b, c }, n) => (c * (a + b)) / n);
  const top = sum(strata, ({ a, b, c, d }, n) => ((a + b) * (c + d) * (a + c) - a * c * n) / n ** 2);
  return around(r / s, top / (r * s));
}

/** Cochran, Mantel and Haenszel's chi-square, one degree of freedom; with the correction for continuity where asked. */
export function stratifiedChiSquare(strata: readonly Table[], yates = false): number {
  const difference = Math.abs(sum(strata, (table) => table.a - expectedOf(table)));
  const variance = sum(strata, ({ a, b, c, d }, n) =>
    n > 1 ? ((a + b) * (c + d) * (a + c) * (b + d)) / (n * n * (n - 1)) : 0,
  );
  return variance === 0 ? 0 : Math.max(0, difference - (yates ? 0.5 : 0)) ** 2 / variance;
}

/**
 * All statistics over strata: ratios and chi-square by Mantel and Haenszel, IC and EBGM by the expectation summed over
 * strata. The table is the sum of the strata's.
 */
export function measureStrata(strata: readonly Table[], prior?: Prior): Measures {
  const table = strata.reduce<Table>(
    (total, { a, b, c, d }) => ({ a: total.a + a, b: total.b + b, c: total.c + c, d: total.d + d }),
    { a: 0, b: 0, c: 0, d: 0 },
  );
  const expected = stratifiedExpected(strata);
  return {
    table,
    expected,
    prr: stratifiedPrr(strata),
    chi2: stratifiedChiSquare(strata),
    chi2Yates: stratifiedChiSquare(strata, true),
    ror: stratifiedRor(strata),
    ic: ic(table.a, expected),
    ebgm: prior && ebgm(table.a, expected, prior),
  };
}
