import { html, raw } from 'hono/html';
import type { Panel } from '../../../dashboards/panel.ts';
import type { Row } from '../../store/database.ts';
import { numberText, plainText, tableTime, timeTag } from '../format.ts';
import type { Html } from '../shell.ts';

/** Points in time with one number for each series; null where a series has none. */
export type Series = {
  readonly names: readonly string[];
  readonly points: readonly { readonly at: number; readonly values: readonly (number | null)[] }[];
};

const numberOrNull = (value: unknown): number | null =>
  value === null || value === undefined ? null : Number(value);

/** Rows of `time, series, value`, one point per time and a value of 0 where a series has no row. */
function pivot(rows: readonly Row[]): Series {
  const names = [...new Set(rows.map(({ series }) => plainText(series)))];
  const place = new Map(names.map((name, index) => [name, index]));
  const byTime = new Map<number, (number | null)[]>();
  for (const { time, series, value } of rows) {
    const at = tableTime(time);
    const values = byTime.get(at) ?? names.map(() => 0);
    values[place.get(plainText(series)) ?? 0] = numberOrNull(value);
    byTime.set(at, values);
  }
  return {
    names,
    points: [...byTime].map(([at, values]) => ({ at, values })).toSorted((a, b) => a.at - b.at),
  };
}

/** The rows of a panel of time as series. */
export function seriesOf(panel: Panel, rows: readonly Row[]): Series {
  if (panel.split) return pivot(rows);
  const fields = Object.keys(rows[0] ?? {}).filter((field) => field !== 'time');
  const titles = new Map((panel.columns ?? []).map(({ field, title }) => [field, title]));
  return {
    names: fields.map((field) => titles.get(field) ?? field),
    points: rows.map((row) => ({
      at: tableTime(row['time']),
      values: fields.map((field) => numberOrNull(row[field])),
    })),
  };
}

export type ChartOptions = {
  readonly id: string;
  readonly title: string;
  readonly unit?: string;
  readonly look: 'lines' | 'bars' | 'stacked';
  /** Seconds between points: where more is missing, nothing was counted and the chart falls to 0. */
  readonly step: number;
  /** Series (by place) that are shown as marks, not as a line. */
  readonly marks?: readonly number[];
};

/**
 * A chart with the table that it is drawn from. Without scripts the table is all there is, and says the same;
 * `chart.ts` draws it, hides the table behind a switch and offers both for download.
 */
export function chart(series: Series, options: ChartOptions): Html {
  const { id, title, unit = '', look, step, marks = [] } = options;
  return html`<figure
    class="chart-box"
    data-chart="${id}"
    data-title="${title}"
    data-look="${look}"
    data-unit="${unit}"
    data-step="${step}"
    data-marks="${marks.join(' ')}"
  >
    <div class="plot" role="img" aria-label="${title}; the numbers are in the table below"></div>
    <details class="numbers" ${raw('open')}>
      <summary>Numbers</summary>
      <div class="scroll tall" tabindex="0" role="region" aria-label="Numbers of ${title}">
        <table>
          <thead>
            <tr>
              <th scope="col">time</th>
              ${series.names.map((name) => html`<th scope="col" class="number">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${series.points.map(
              ({ at, values }) =>
                html`<tr data-at="${at / 1000}">
                  <th scope="row">${timeTag(at, step >= 86_400 ? 'day' : 'moment')}</th>
                  ${values.map(
                    (value) =>
                      html`<td class="number" data-value="${value ?? ''}">${numberText(value, unit)}</td>`,
                  )}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}
