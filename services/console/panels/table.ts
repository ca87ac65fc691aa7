import { html } from 'hono/html';
import type { Column, Panel, Threshold } from '../../../dashboards/panel.ts';
import type { Row } from '../../store/database.ts';
import type { AppContext } from '../env.ts';
import { numberText, plainText, tableTime, timeTag } from '../format.ts';
import type { Html } from '../shell.ts';
import { hrefOf } from './links.ts';

/** How a value stands to its thresholds; the tone names a class of parts.css. */
export function toneOf(thresholds: readonly Threshold[] | undefined, value: unknown): string {
  if (!thresholds || value === null || value === undefined || value === '') return '';
  const number = Number(value);
  let tone = 'calm';
  for (const step of thresholds) if (step.from === null || number >= step.from) tone = step.tone;
  return tone;
}

const moment = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/;

/** One value as its column shows it, without its link. */
function shown({ unit, decimals, look }: Column, value: unknown): Html {
  if (value === null || value === undefined || value === '') return html`<span class="quiet">–</span>`;
  if (typeof value === 'string' && moment.test(value)) return timeTag(tableTime(value));
  if (unit !== undefined || typeof value === 'number') return html`${numberText(value, unit, decimals)}`;
  if (look === 'effect' || look === 'product') {
    const kind = look === 'effect' ? 'effect' : 'drug';
    return html`${plainText(value)
      .split(', ')
      .map((name) => html`<span class="chip ${kind}">${name}</span> `)}`;
  }
  return html`${value}`;
}

function cell(c: AppContext, column: Column, row: Row, kept: Readonly<Record<string, string>>): Html {
  const value = row[column.field];
  const href = (column.links ?? [])
    .map((link) => ({ link, address: hrefOf(c, link, row, kept) }))
    .find(({ address }) => address !== undefined);
  const inner = shown(column, value);
  const outside = href?.link.to === 'address';
  const linked = href
    ? outside
      ? html`<a href="${href.address}" title="${href.link.title}" rel="noreferrer noopener" target="_blank"
          >${inner}</a
        >`
      : html`<a href="${href.address}" title="${href.link.title}">${inner}</a>`
    : inner;
  const tone = column.look === 'tone' ? toneOf(column.thresholds, value) : '';
  const number = column.unit !== undefined || typeof value === 'number' ? 'number' : '';
  return html`<td class="${number} ${tone}">${linked}</td>`;
}

/** A panel's rows as a table whose rows the keys walk over. */
export function tableOf(
  c: AppContext,
  panel: Panel,
  rows: readonly Row[],
  kept: Readonly<Record<string, string>>,
): Html {
  const all: readonly Column[] =
    panel.columns ?? Object.keys(rows[0] ?? {}).map((field) => ({ field, title: field }));
  const columns = all.filter(({ hidden }) => hidden !== true);
  const isNumber = ({ field, unit }: Column): boolean =>
    unit !== undefined || typeof rows[0]?.[field] === 'number';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${panel.title}">
    <table class="rows">
      <thead>
        <tr>
          ${columns.map(
            (column) =>
              html`<th scope="col" class="${isNumber(column) ? 'number' : ''}">${column.title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr data-row tabindex="-1">
              ${columns.map((column) => cell(c, column, row, kept))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
