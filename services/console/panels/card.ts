import { html } from 'hono/html';
import type { Panel } from '../../../dashboards/panel.ts';
import type { Database, Row } from '../../store/database.ts';
import type { AppContext } from '../env.ts';
import { numberText, plainText } from '../format.ts';
import { emptyState, type Html } from '../shell.ts';
import { intervalOf, panelRows, type PanelScope } from './data.ts';
import { forest } from './forest.ts';
import { hrefOf } from './links.ts';
import { chart, seriesOf } from './series.ts';
import { tableOf, toneOf } from './table.ts';

/** Values of the variables that go along with a link: those with one value. */
function keptOf({ variables }: PanelScope): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    const [first, ...more] = typeof value === 'string' ? [value] : value;
    if (first !== undefined && more.length === 0) kept[name] = first;
  }
  return kept;
}

/** The number of a panel with what it counts, as a link to it. */
function stat(c: AppContext, panel: Panel, rows: readonly Row[], scope: PanelScope): Html {
  const value = Object.values(rows[0] ?? {})[0] ?? 0;
  const tone = toneOf(panel.thresholds, value);
  const inner = html`<b class="${tone}">${numberText(value, panel.unit)}</b><span>${panel.title}</span>`;
  const href = (panel.links ?? [])
    .map((link) => hrefOf(c, link, rows[0] ?? {}, keptOf(scope)))
    .find((address) => address !== undefined);
  return href
    ? html`<a href="${href}" title="${panel.question}">${inner}</a>`
    : html`<div title="${panel.question}">${inner}</div>`;
}

function ranking(c: AppContext, panel: Panel, rows: readonly Row[], scope: PanelScope): Html {
  const largest = Math.max(1, ...rows.map(({ value }) => Number(value)));
  const links = panel.columns?.find(({ field }) => field === 'value')?.links ?? panel.links ?? [];
  return html`<table class="ranking rows">
    <thead class="visually-hidden">
      <tr>
        <th scope="col">name</th>
        <th scope="col">share of the largest</th>
        <th scope="col">${panel.unit ?? 'count'}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map((row) => {
        const href = links
          .map((link) => hrefOf(c, link, row, keptOf(scope)))
          .find((address) => address !== undefined);
        return html`<tr data-row tabindex="-1">
          <th scope="row">${href ? html`<a href="${href}">${row['label']}</a>` : row['label']}</th>
          <td class="bar-cell" aria-hidden="true">
            <svg viewBox="0 0 100 8" preserveAspectRatio="none">
              <rect width="${((Number(row['value']) / largest) * 100).toFixed(1)}" height="8" rx="1" />
            </svg>
          </td>
          <td class="number">${numberText(row['value'], panel.unit)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function inside(c: AppContext, panel: Panel, rows: readonly Row[], scope: PanelScope): Html {
  if (rows.length === 0) {
    return emptyState('Nothing here', panel.empty ?? 'Choose a longer time, or fewer conditions.');
  }
  switch (panel.kind) {
    case 'timeseries':
    case 'bars': {
      const step = Math.max(intervalOf(scope.range), panel.minInterval ?? 1);
      const look = panel.stacked ? 'stacked' : panel.kind === 'bars' ? 'bars' : 'lines';
      const marks = (panel.columns ?? []).flatMap(({ look: how }, index) => (how === 'tone' ? [index] : []));
      const { id, title, unit } = panel;
      return chart(seriesOf(panel, rows), { id, title, look, step, marks, ...(unit ? { unit } : {}) });
    }
    case 'forest':
      return forest(
        rows.map((row) => ({
          label: plainText(row['label']),
          people: Number(row['people']),
          estimate: Number(row['estimate']),
          lower: Number(row['lower']),
          upper: Number(row['upper']),
        })),
        'EBGM',
        '90 %',
        2,
      );
    case 'ranking':
      return ranking(c, panel, rows, scope);
    case 'table':
    case 'posts':
    case 'stat':
    case 'text':
  }
  return tableOf(c, panel, rows, keptOf(scope));
}

/** A panel with fewer columns, for a place that is narrower than a dashboard. */
export function withoutColumns(panel: Panel, ...fields: readonly string[]): Panel {
  const { columns, ...rest } = panel;
  return columns ? { ...rest, columns: columns.filter(({ field }) => !fields.includes(field)) } : panel;
}

/** A panel as a card with its title and its question; `most` limits its rows where a page shows only the first. */
export async function panelCard(
  c: AppContext,
  database: Database,
  panel: Panel,
  scope: PanelScope,
  most = Number.POSITIVE_INFINITY,
): Promise<Html> {
  const rows = (await panelRows(database, panel, scope)).slice(0, most);
  return html`<section
    class="card panel panel-${panel.kind}"
    id="${panel.id}"
    aria-labelledby="${panel.id}-title"
  >
    <h2 id="${panel.id}-title">${panel.title}</h2>
    <p class="question">${panel.question}</p>
    ${inside(c, panel, rows, scope)}
  </section>`;
}

/** Panels of one number each, side by side. */
export async function statRow(
  c: AppContext,
  database: Database,
  panels: readonly Panel[],
  scope: PanelScope,
): Promise<Html> {
  const rows = await Promise.all(panels.map((panel) => panelRows(database, panel, scope)));
  return html`<div class="stats">
    ${panels.map((panel, index) => stat(c, panel, rows[index] ?? [], scope))}
  </div>`;
}

/** The panels of a list by their ids. @throws RangeError when there is no such panel. */
export function panelsNamed(all: readonly Panel[], ...ids: readonly string[]): Panel[] {
  return ids.map((id) => {
    const found = all.find((panel) => panel.id === id);
    if (!found) throw new RangeError(`there is no panel ${id}`);
    return found;
  });
}
