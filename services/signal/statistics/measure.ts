import { ebgm } from './ebgm.ts';
import type { Prior } from './ebgm.ts';
import { ic } from './ic.ts';
import { chiSquare, prr } from './prr.ts';
import { ror } from './ror.ts';
import { expectedOf, tableOf } from './table.ts';
import type { Estimate, PairColumns, Table } from './table.ts';

/** All statistics of one table. `ebgm` is undefined where no prior was fitted; its interval is EB05 to EB95. */
export type Measures = {
  readonly table: Table;
  readonly expected: number;
  readonly prr: Estimate;
  readonly chi2: number;
  readonly chi2Yates: number;
  readonly ror: Estimate;
  readonly ic: Estimate;
  readonly ebgm: Estimate | undefined;
};

export type MeasureOptions = {
  /** The mixture fitted over all pairs (`fitPrior`); without it there is no EBGM. */
  readonly prior?: Prior;
  /** People expected over strata (`stratifiedExpected`), for IC and EBGM in place of the plain product. */
  readonly expected?: number;
};

/** PRR, chi-square, ROR, IC and EBGM of one table. */
export function measure(table: Table, { prior, expected }: MeasureOptions = {}): Measures {
  const used = expected ?? expectedOf(table);
  return {
    table,
    expected: used,
    prr: prr(table),
    chi2: chiSquare(table),
    chi2Yates: chiSquare(table, true),
    ror: ror(table),
    ic: ic(table.a, used),
    ebgm: prior && ebgm(table.a, used, prior),
  };
}

/** `measure` of each pair of the columns, in their order. */
export function measureAll(pairs: PairColumns, prior?: Prior): Measures[] {
  return Array.from(pairs.n11, (n11, at) =>
    measure(tableOf(n11, pairs.n1x[at] ?? 0, pairs.nx1[at] ?? 0, pairs.n), prior ? { prior } : {}),
  );
}
