import type { Scored } from './lexical-index.ts';

/** What both searches say of one concept; ranks are from 1. */
export type Fused = { lexical?: Scored; lexicalRank?: number; vector?: Scored; vectorRank?: number };

/** How deep either search is looked through. */
export const depth = 50;
/** How many of the fused are weighed by their confidence. */
export const considered = 10;
/** Constant of reciprocal-rank fusion (Cormack, Clarke and Buettcher 2009). */
const rankConstant = 60;
/** A lexical score from here on is the name itself, but for small words and word forms. */
const sameName = 0.999;

/** Concepts with what was found for them, by the sum of their reciprocal ranks; a name itself comes first. */
export function fuse(
  lexical: readonly Scored[],
  vector: readonly Scored[],
): [concept: number, found: Fused][] {
  const fused = new Map<number, Fused>();
  lexical.forEach((found, i) => fused.set(found.concept, { lexical: found, lexicalRank: i + 1 }));
  vector.forEach((found, i) =>
    fused.set(found.concept, { ...fused.get(found.concept), vector: found, vectorRank: i + 1 }),
  );
  const weight = ({ lexical: words, lexicalRank, vectorRank }: Fused): number =>
    (words && words.score >= sameName ? 1 : 0) +
    (lexicalRank ? 1 / (rankConstant + lexicalRank) : 0) +
    (vectorRank ? 1 / (rankConstant + vectorRank) : 0);
  return [...fused].sort(([a, x], [b, y]) => weight(y) - weight(x) || a - b);
}
