import type { Span } from '../../schemas/analysis.ts';
import { termCandidateOf, type TermIndex } from '../terminology/term-index.ts';
import { placesIn } from './decode.ts';
import type { RawSpan } from './tasks/task.ts';

const effect = 'effect';
const rounded = (value: number): number => Math.round(Math.max(0, Math.min(1, value)) * 1e5) / 1e5;

/**
 * Spans of one text with their offsets and, for effects, the terms that they mean: found by the words of
 * the span and by its vector in its context. How far a span is brought (term, organ class, none) is the
 * term index's decision by confidence.
 */
export function normaliseSpans(text: string, spans: readonly RawSpan[], index: TermIndex): Span[] {
  if (spans.length === 0) return [];
  const place = placesIn(text);
  const effects = spans.filter(({ label }) => label === effect);
  const matches = index.normalise(
    effects.map(({ start, end, vector }) => ({ text: text.slice(start, end), vector })),
  );
  return spans.map((span) => {
    const match = span.label === effect ? matches[effects.indexOf(span)] : undefined;
    return {
      label: span.label,
      ...place(span.start, span.end),
      text: text.slice(span.start, span.end),
      score: rounded(span.score),
      level: match?.level ?? 'none',
      terms: (match?.terms ?? []).map(termCandidateOf),
      ...(span.marks && { marks: [...span.marks] }),
    };
  });
}
