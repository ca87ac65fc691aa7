/** What a number counts or measures. People (distinct authors) and posts are never mixed in one panel. */
export const units = [
  'people',
  'posts',
  'records',
  'share',
  'probability',
  'ratio',
  'seconds',
  'per-second',
  'count',
] as const;
export type Unit = (typeof units)[number];

/** Colour from this value on; the first step has no value and holds below all others. */
export type Threshold = { readonly from: number | null; readonly tone: 'calm' | 'watch' | 'act' };

/**
 * Where a value leads: another dashboard with variables set from columns of the same row, a page of the
 * console, or the address that a column holds.
 */
export type Link =
  | {
      readonly to: 'dashboard';
      readonly title: string;
      readonly dashboard: string;
      /** Variable to the column that sets it; other variables and the stretch of time are kept. */
      readonly set: Readonly<Record<string, string>>;
    }
  | {
      readonly to: 'console';
      readonly title: string;
      /** A path of the console; `{column}` stands for a value of the row. */
      readonly path: string;
    }
  | { readonly to: 'address'; readonly title: string; readonly column: string };

export type Column = {
  /** Name in the result. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  /** Pixels; a column without a width takes what is left. */
  readonly width?: number;
  /** Digits behind the point. */
  readonly decimals?: number;
  /** Needed by links, and not shown. */
  readonly hidden?: true;
  /** How the value is shown: as it is, as a bar between 0 and 1, coloured by the thresholds, or as marked text. */
  readonly look?: 'bar' | 'tone' | 'marked' | 'effect' | 'product';
  readonly thresholds?: readonly Threshold[];
  readonly links?: readonly Link[];
};

/**
 * - `timeseries`, `bars`: `time` in ascending order, then one numeric column per series, or `series` and `value`
 * - `table`, `posts`: any columns, described in `columns`; `posts` are to be read
 * - `stat`: one row of one number
 * - `ranking`: `label` and `value`, largest first
 * - `forest`: `label`, `people`, `estimate`, `lower`, `upper`
 * - `text`: no query; `sql` is empty and `question` is what is shown
 */
export const panelKinds = [
  'timeseries',
  'bars',
  'table',
  'posts',
  'stat',
  'ranking',
  'forest',
  'text',
] as const;
export type PanelKind = (typeof panelKinds)[number];

/** One panel, for Grafana and for the console. */
export type Panel = {
  /** Lower case with hyphens; part of addresses. */
  readonly id: string;
  readonly title: string;
  /** The question that the panel answers, in one sentence. */
  readonly question: string;
  readonly kind: PanelKind;
  /**
   * ClickHouse SQL with the macros of Grafana's ClickHouse plugin (`$__timeFilter(column)` …) and with
   * variables as `${name:sqlstring}`, which is the only form allowed. No comments, no SETTINGS.
   */
  readonly sql: string;
  readonly unit?: Unit;
  readonly thresholds?: readonly Threshold[];
  readonly columns?: readonly Column[];
  /** Links of the values of a chart. */
  readonly links?: readonly Link[];
  /** Shortest step of `$__timeInterval`, seconds. */
  readonly minInterval?: number;
  /** The series are the values of the column `series`, the numbers those of `value`. */
  readonly split?: true;
  /** The series add up to a whole and are stacked. */
  readonly stacked?: true;
  /** What to say where there are no rows. */
  readonly empty?: string;
};

/** A panel as it stands; keeps the literal types of the parts and checks them. */
export function panelsOf(...panels: readonly Panel[]): readonly Panel[] {
  return panels;
}
