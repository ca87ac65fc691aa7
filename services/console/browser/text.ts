import type { Finding, SpanView } from '../view.ts';

/** A new element with its class and children; text always goes in as text, never as markup. */
export function element(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** What an effect counts as where nobody's own effect is meant, else nothing; also the class of its mark. */
export function otherRole({ label, role }: SpanView): string {
  return label === 'effect' && role !== 'effect' ? role : '';
}

const roleWords = (span: SpanView): string => (otherRole(span) ? ` (${otherRole(span)})` : '');

/** The text of a post with its spans marked; spans that overlap an earlier one are left out. */
export function markedText(finding: Finding): HTMLElement {
  const box = element('p', 'text');
  box.lang = 'en';
  let at = 0;
  for (const span of finding.spans.toSorted((a, b) => a.startUtf16 - b.startUtf16)) {
    if (span.startUtf16 < at) continue;
    const mark = element(
      'mark',
      `${span.label} ${otherRole(span)}`.trim(),
      finding.text.slice(span.startUtf16, span.endUtf16),
    );
    mark.title = `${span.label} ${percent(span.score)}${span.term ? `: ${span.term}` : ''}${roleWords(span)}`;
    box.append(finding.text.slice(at, span.startUtf16), mark);
    at = span.endUtf16;
  }
  box.append(finding.text.slice(at));
  return box;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A time in the reader's zone, with UTC to point at. */
export function timeElement(ms: number): HTMLElement {
  const date = new Date(ms);
  const made = document.createElement('time');
  made.dateTime = date.toISOString();
  made.title = `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const today = new Date().toDateString() === date.toDateString();
  made.textContent = today
    ? date.toLocaleTimeString()
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return made;
}

/** How long ago, in the largest unit that fits. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}
