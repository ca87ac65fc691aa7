import { html } from 'hono/html';
import type { Html } from '../shell.ts';

export type ForestRow = {
  readonly label: string;
  readonly href?: string;
  readonly people: number;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
};

const width = 320;
const height = 18;
const ticksAt = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Places of a logarithmic axis that holds all intervals and 1. */
function axisOf(rows: readonly ForestRow[]): { place: (value: number) => number; ticks: number[] } {
  const finite = (value: number): boolean => Number.isFinite(value) && value > 0;
  const low = Math.max(0.05, Math.min(0.8, ...rows.map(({ lower }) => lower).filter(finite)));
  const high = Math.min(2000, Math.max(4, ...rows.map(({ upper }) => upper).filter(finite)));
  const [from, to] = [Math.log(low * 0.9), Math.log(high * 1.1)];
  const place = (value: number): number =>
    Math.min(width - 2, Math.max(2, ((Math.log(Math.max(value, 1e-9)) - from) / (to - from)) * width));
  return { place, ticks: ticksAt.filter((tick) => tick >= low && tick <= high) };
}

/**
 * Estimates with their intervals on a logarithmic axis, a row each, as a table: what is drawn is also there in
 * numbers. `reference` is the line of no difference; `threshold` colours what lies wholly above it.
 */
export function forest(rows: readonly ForestRow[], what: string, interval: string, threshold = 1): Html {
  const { place, ticks } = axisOf(rows);
  const at = (value: number): string => place(value).toFixed(1);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${what} with intervals">
    <table class="forest rows">
      <thead>
        <tr>
          <th scope="col">pair with</th>
          <th scope="col" class="number">people</th>
          <th scope="col" class="plot-cell">
            <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="axis of ${what}, logarithmic">
              ${ticks.map((tick) => html`<text x="${at(tick)}" y="13" text-anchor="middle">${tick}</text>`)}
            </svg>
          </th>
          <th scope="col" class="number">${what} (${interval})</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ label, href, people, estimate, lower, upper }) =>
            html`<tr data-row tabindex="-1">
              <th scope="row">${href ? html`<a href="${href}">${label}</a>` : label}</th>
              <td class="number">${people}</td>
              <td class="plot-cell">
                <svg
                  viewBox="0 0 ${width} ${height}"
                  aria-hidden="true"
                  class="${lower >= threshold ? 'raised' : ''}"
                >
                  ${ticks.map((tick) => html`<line class="tick" x1="${at(tick)}" x2="${at(tick)}" y1="0" y2="${height}" />`)}
                  <line class="one" x1="${at(1)}" x2="${at(1)}" y1="0" y2="${height}" />
                  <line class="interval" x1="${at(lower)}" x2="${at(upper)}" y1="9" y2="9" />
                  <rect class="estimate" x="${(place(estimate) - 4).toFixed(1)}" y="5" width="8" height="8" />
                </svg>
              </td>
              <td class="number">${estimate.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
