import { html } from 'hono/html';
import type { Html } from './shell.ts';

/** A stretch of a text that the model marked; offsets in UTF-16 units. */
export type Marked = {
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** What to say where somebody points at it. */
  readonly title: string;
};

/** A text with its spans marked; of spans that overlap the first one is shown. */
export function markedText(text: string, spans: readonly Marked[]): Html {
  const parts: (Html | string)[] = [];
  let at = 0;
  for (const { label, start, end, title } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start < at || end > text.length) continue;
    parts.push(
      text.slice(at, start),
      html`<mark class="${label}" title="${title}">${text.slice(start, end)}</mark>`,
    );
    at = end;
  }
  parts.push(text.slice(at));
  return html`${parts}`;
}
