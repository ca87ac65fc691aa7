import { html } from 'hono/html';
import type { AppContext } from '../env.ts';
import { percentText } from '../format.ts';
import { markedText, type Marked } from '../marked.ts';
import type { PostAnalysis, PostAnswer, PostSpan } from '../post-analysis.ts';
import { linkTo } from '../range.ts';
import type { Html } from '../shell.ts';

const roleWords: Readonly<Record<string, string>> = {
  effect: 'counts as an effect',
  uncertain: 'uncertain',
  negated: 'negated',
  'other-person': 'of another person',
  indication: 'what it is taken for',
};

/** What a mention counts as, in words. */
export function roleText(role: string): string {
  return roleWords[role] ?? 'does not count';
}

/** The term of a span, or its organ class where only that is sure. */
export function termOf({ concept, class: group }: PostSpan): string {
  return concept || group;
}

/** Spans and names of products as marks of a text; a mark of a product gives way to a span at the same place. */
export function marksOf(spans: readonly PostSpan[], products: PostAnalysis['products']): Marked[] {
  return [
    ...spans.map((span) => {
      const counts = span.label === 'effect' && span.role !== '' && span.role !== 'effect';
      return {
        label: counts ? `${span.label} ${span.role}` : span.label,
        start: span.startUtf16,
        end: span.endUtf16,
        title: [
          span.label,
          percentText(span.score),
          termOf(span),
          span.label === 'effect' ? roleText(span.role) : '',
        ]
          .filter(Boolean)
          .join(' · '),
      };
    }),
    ...products.map(({ name, kind, startUtf16, endUtf16 }) => ({
      label: 'drug',
      start: startUtf16,
      end: endUtf16,
      title: `${kind} · ${name}`,
    })),
  ];
}

/** The text of a post with its marks. */
export function postText(
  text: string,
  lang: string,
  spans: readonly PostSpan[],
  products: PostAnalysis['products'],
): Html {
  return html`<p class="post-text" lang="${lang}">${markedText(text, marksOf(spans, products))}</p>`;
}

/** Products and terms of a post, each a link to its page. */
export function aboutChips(
  c: AppContext,
  spans: readonly PostSpan[],
  products: PostAnalysis['products'],
): Html {
  const drugs = new Map(products.map(({ id, name }) => [id, name]));
  const terms = new Map<string, { name: string; level: 'term' | 'class'; role: string }>();
  for (const { label, conceptId, concept, classId, class: group, role } of spans) {
    if (label !== 'effect' || terms.get(conceptId || classId)?.role === 'effect') continue;
    if (conceptId !== '') terms.set(conceptId, { name: concept, level: 'term', role });
    else if (classId !== '') terms.set(classId, { name: group, level: 'class', role });
  }
  return html`${[...drugs].map(
    ([id, name]) =>
      html`<a class="chip drug" href="${linkTo(c, `/products/${encodeURIComponent(id)}`)}">${name}</a> `,
  )}
  ${[...terms].map(
    ([id, { name, level, role }]) =>
      html`<a
        class="chip effect ${role === 'effect' ? '' : 'weak'}"
        href="${linkTo(c, `/reactions/${encodeURIComponent(id)}`, { level })}"
        title="${roleText(role)}"
        >${name}${level === 'class' ? html` <small>class</small>` : ''}</a
      > `,
  )}`;
}

/** A probability with the answer that it is of, which need not be the one that was given: `yes 3 %`. */
export function probabilityText({ probability, probabilityOf }: PostAnswer): string {
  return `${probabilityOf} ${percentText(probability)}`;
}

/** A probability as a bar of 0 to 1 with the threshold as a stroke across it. */
export function probabilityBar(answer: PostAnswer): Html {
  const { probability, threshold, title } = answer;
  const at = (share: number): string => (share * 100).toFixed(1);
  const over = threshold !== null && probability >= threshold;
  return html`<svg
    class="probability ${over ? 'over' : ''}"
    viewBox="0 0 100 12"
    preserveAspectRatio="none"
    role="img"
    aria-label="${title}: ${probabilityText(answer)}${threshold === null ? '' : `, threshold ${percentText(threshold)}`}"
  >
    <rect class="track" width="100" height="8" y="2" />
    <rect class="value" width="${at(probability)}" height="8" y="2" />
    ${threshold === null ? '' : html`<rect class="threshold" x="${at(threshold)}" width="0.8" height="12" />`}
  </svg>`;
}

/** Address of a post's page. */
export function postPath(c: AppContext, id: string): string {
  return linkTo(c, `/posts/${encodeURIComponent(id)}`);
}

/** A link to where the post was written, or nothing where its source gives no address. */
export function originalLink(permalink: string): Html | string {
  return /^https?:\/\//.test(permalink)
    ? html`<a href="${permalink}" rel="noreferrer noopener" target="_blank" data-original>original</a>`
    : '';
}
