import { html } from 'hono/html';
import type { Html } from '../shell.ts';

const width = 96;
const height = 22;

/** A small bar for each bin, the latest at the right; the numbers are said in words for who cannot see it. */
export function spark(values: readonly number[], what: string): Html {
  const top = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return html`<svg class="sparkbars" viewBox="0 0 ${width} ${height}" role="img" aria-label="${what}">
    ${values.map((value, index) => {
      const size = (value / top) * (height - 2);
      return value === 0
        ? ''
        : html`<rect
            x="${(index * step).toFixed(1)}"
            y="${(height - size).toFixed(1)}"
            width="${Math.max(1, step - 1).toFixed(1)}"
            height="${size.toFixed(1)}"
          />`;
    })}
  </svg>`;
}

/** Sums of a count by day in `bins` equal parts of a stretch (ms). */
export function binned(
  days: readonly string[],
  counts: readonly number[],
  from: number,
  to: number,
  bins: number,
): number[] {
  const sums = Array.from({ length: bins }, () => 0);
  days.forEach((day, index) => {
    const share = (Date.parse(day) + 43_200_000 - from) / (to - from);
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(share * bins)));
    sums[bin] = (sums[bin] ?? 0) + (counts[index] ?? 0);
  });
  return sums;
}
