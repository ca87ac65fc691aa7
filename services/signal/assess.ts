import type { Assessment, AssessmentQuery } from '../../schemas/signal.ts';
import type { Database } from '../store/database.ts';
import { tableOf as tableQuestion, tablesOf } from '../store/queries/counts.ts';
import type { CountFilter } from '../store/queries/mention-filter.ts';
import { dateOf, parseDate } from './days.ts';
import { measure, type Measures } from './statistics/measure.ts';
import { fitPrior } from './statistics/mixture.ts';
import type { Prior } from './statistics/ebgm.ts';
import { presets } from './statistics/presets.ts';
import { measureStrata } from './statistics/stratified.ts';
import { expectedOf, tableOf, type Estimate, type Table } from './statistics/table.ts';

export type AssessDeps = {
  readonly database: Database;
  /** Ids of the products of the same group, the product among them; empty where it has none. */
  readonly groupOf: (productId: string) => readonly string[];
};

type CountRow = {
  readonly stratum: string;
  readonly n11: number;
  readonly n1x: number;
  readonly nx1: number;
  readonly n: number;
};
type Stratum = { readonly stratum: string; readonly table: Table };

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const estimate = ({ value, low, high }: Estimate) => ({
  value: finite(value),
  lower: finite(low),
  upper: finite(high),
});
const figures = (measures: Measures): Assessment['measures'] => ({
  expected: measures.expected,
  prr: estimate(measures.prr),
  chiSquare: measures.chi2,
  chiSquareYates: measures.chi2Yates,
  ror: estimate(measures.ror),
  ic: estimate(measures.ic),
  ebgm: measures.ebgm ? estimate(measures.ebgm) : null,
});

function filterOf(query: AssessmentQuery): CountFilter {
  const { run, from, to, sources, langs, countries, model, withDuplicates } = query;
  return {
    run,
    from,
    to,
    sources,
    langs,
    countries,
    withDuplicates,
    ...(model === undefined ? {} : { model }),
  };
}

/** The same number of days before. */
function before(filter: CountFilter): CountFilter {
  const first = parseDate(filter.from) ?? 0;
  const days = (parseDate(filter.to) ?? 0) - first + 1;
  return { ...filter, from: dateOf(first - days), to: dateOf(first - 1) };
}

/** What now and then have in common, side by side: the product now is compared with the product then. */
function sideBySide(now: readonly CountRow[], then: readonly CountRow[]): Stratum[] {
  const strata = [...new Set([...now, ...then].map(({ stratum }) => stratum))].sort();
  const of = (rows: readonly CountRow[], name: string) => rows.find(({ stratum }) => stratum === name);
  return strata.map((stratum) => {
    const [a, c] = [of(now, stratum), of(then, stratum)];
    const [n11, n1x, m11, m1x] = [a?.n11 ?? 0, a?.n1x ?? 0, c?.n11 ?? 0, c?.n1x ?? 0];
    return { stratum, table: { a: n11, b: Math.max(0, n1x - n11), c: m11, d: Math.max(0, m1x - m11) } };
  });
}

/**
 * Assesses one pair as a person asks: its table, all statistics with their intervals, what the presets say, and the
 * same over strata. In people, and of the main count unless the query says otherwise.
 */
export async function assess(query: AssessmentQuery, { database, groupOf }: AssessDeps): Promise<Assessment> {
  const group = query.comparator === 'class' ? groupOf(query.productId) : [];
  const filter = { ...filterOf(query), ...(group.length > 0 ? { products: group } : {}) };
  const pair = { productId: query.productId, reactionId: query.conceptId, level: query.level };

  async function counted(within: CountFilter, by?: AssessmentQuery['by']): Promise<CountRow[]> {
    const { sql, params } = tableQuestion(pair, within, by);
    return database.query<CountRow>(sql, { params });
  }

  async function strata(by?: AssessmentQuery['by']): Promise<Stratum[]> {
    // A month of now has no counterpart in the period before.
    const own = query.comparator === 'period-before' && by === 'month' ? undefined : by;
    const now = await counted(filter, own);
    if (query.comparator === 'period-before') return sideBySide(now, await counted(before(filter), own));
    return now.map(({ stratum, n11, n1x, nx1, n }) => ({ stratum, table: tableOf(n11, n1x, nx1, n) }));
  }

  /** The mixture of EBGM, from all pairs that are compared. */
  async function prior(): Promise<Prior | undefined> {
    if (query.comparator === 'period-before') return undefined;
    const { sql, params } = tablesOf(query.level, filter);
    const rows = await database.query<CountRow>(sql, { params });
    return fitPrior({
      observed: rows.map(({ n11 }) => n11),
      expected: rows.map(({ n11, n1x, nx1, n }) => expectedOf(tableOf(n11, n1x, nx1, n))),
    })?.prior;
  }

  const fitted = await prior();
  const [whole] = await strata();
  const table = whole?.table ?? { a: 0, b: 0, c: 0, d: 0 };
  const measures = measure(table, fitted ? { prior: fitted } : {});
  const parts = query.by === undefined ? [] : await strata(query.by);
  return {
    query,
    compared: comparedWith(query, group.length),
    table,
    measures: figures(measures),
    presets: Object.values(presets).map((preset) => {
      const { id, title, rule } = preset;
      return { id, title, rule, ...preset.judge(measures) };
    }),
    strata: parts.map((part) => {
      const { prr, ror, ic } = measure(part.table);
      return { ...part, prr: estimate(prr), ror: estimate(ror), ic: estimate(ic) };
    }),
    stratified:
      parts.length === 0
        ? null
        : figures(
            measureStrata(
              parts.map((part) => part.table),
              fitted,
            ),
          ),
  };
}

function comparedWith({ comparator }: AssessmentQuery, products: number): string {
  if (comparator === 'period-before') return 'the same product in as many days before';
  if (comparator === 'class' && products > 1) return `the ${products - 1} other products of its group`;
  return comparator === 'class' ? 'all other products, since it belongs to no group' : 'all other products';
}
