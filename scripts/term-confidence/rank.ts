import type { ConfidenceFit } from '../../services/terminology/calibration.ts';
import { confidenceOf } from '../../services/terminology/confidence.ts';
import { considered } from '../../services/terminology/fuse.ts';
import type { Found, Searched } from './mentions.ts';

export type Ranked = Found & { readonly confidence: number };

/** The candidates as the term index orders them with this fit. */
export function ranked({ found, hasVector }: Searched, fit: ConfidenceFit): Ranked[] {
  return found
    .slice(0, considered)
    .map((one) => ({ ...one, confidence: confidenceOf(one.words, hasVector ? one.vector : undefined, fit) }))
    .sort((a, b) => b.confidence - a.confidence);
}
