import { expandPanel, type Values } from '../../../dashboards/expand.ts';
import type { Panel } from '../../../dashboards/panel.ts';
import type { Database, Row } from '../../store/database.ts';
import type { AppContext } from '../env.ts';
import { rangeOf, type TimeRange } from '../range.ts';

/** What the panels of a page look at: a stretch of time and the values of the variables. */
export type PanelScope = { readonly range: TimeRange; readonly variables: Values };

/** Variables that an address may set, as `?level=class&source=x&source=y`. */
const choosable = ['product', 'term', 'level', 'source', 'lang', 'model', 'duplicates'] as const;
/** What is longer cannot be an id. */
const longest = 200;

/** The scope of an address; `fixed` are variables that the page itself sets. */
export function scopeOf(c: AppContext, now: number, fixed: Values = {}): PanelScope {
  const variables: Record<string, readonly string[]> = {};
  for (const name of choosable) {
    const values = (c.req.queries(name) ?? []).filter((value) => value !== '' && value.length <= longest);
    if (values.length > 0) variables[name] = values;
  }
  return { range: rangeOf((name) => c.req.query(name), now), variables: { ...variables, ...fixed } };
}

const steps = [60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800];
/** As many points as a chart of a page's width can show apart. */
const points = 120;

/** Seconds between the points of a chart. */
export function intervalOf({ from, to }: TimeRange): number {
  const seconds = (to - from) / 1000;
  return steps.find((step) => seconds / step <= points) ?? 604_800;
}

/** Rows of a panel. @throws VigilError of the database. */
export async function panelRows(database: Database, panel: Panel, scope: PanelScope): Promise<Row[]> {
  if (panel.kind === 'text') return [];
  const { from, to } = scope.range;
  const { sql, params } = expandPanel(panel, {
    from: new Date(from),
    to: new Date(to),
    intervalSeconds: intervalOf(scope.range),
    variables: scope.variables,
  });
  return database.query(sql, { params });
}
