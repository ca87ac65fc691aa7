import { calibrated, logOdds, type ConfidenceFit } from './calibration.ts';
import { confidenceFit } from './confidence-fit.ts';

/** The probability of a concept from the evidence of its words and, where the mention has one, of its vector. */
export function confidenceOf(
  words: number,
  vector: number | undefined,
  fit: ConfidenceFit = confidenceFit,
): number {
  const byWords = calibrated(words, fit.words);
  if (vector === undefined) return byWords;
  const { bias, words: ofWords, vector: ofVector } = fit.joint;
  const sum = bias + ofWords * logOdds(byWords) + ofVector * logOdds(calibrated(vector, fit.vector));
  return 1 / (1 + Math.exp(-sum));
}
