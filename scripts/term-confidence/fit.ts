import { calibrated, logOdds, type ConfidenceFit } from '../../services/terminology/calibration.ts';
import { calibrationOf, type Outcome } from './isotonic.ts';
import { logisticOf } from './logistic.ts';
import type { Found, Searched } from './mentions.ts';
import { ranked } from './rank.ts';

const firstBy = (found: readonly Found[], score: (one: Found) => number): Outcome[] => {
  const [first] = found.toSorted((a, b) => score(b) - score(a));
  return first && score(first) > 0 ? [[score(first), first.isRight]] : [];
};

/**
 * How much either search weighs in the joint evidence. It is set and not fitted: most development mentions
 * are names of the vocabulary word by word, so that a fit leaves next to nothing to the vector, which is
 * all there is for a wording that the vocabulary lacks.
 */
const share = { words: 0.57, vector: 0.43 };

/**
 * Fits the calibration of the best score of either search, and the joint regression, with one factor for
 * both, on the candidates that come first by it: they decide what is answered. Its first round takes those
 * that the fusion puts first.
 */
export function fitOf(searched: readonly Searched[]): ConfidenceFit {
  const words = calibrationOf(searched.flatMap(({ found }) => firstBy(found, (one) => one.words)));
  const vector = calibrationOf(searched.flatMap(({ found }) => firstBy(found, (one) => one.vector)));
  const both = searched.filter(({ hasVector }) => hasVector);
  let firsts: (Found | undefined)[] = both.map(({ found }) => found[0]);
  let fit: ConfidenceFit = { words, vector, joint: { bias: 0, words: 1, vector: 1 } };
  for (let round = 0; round < 5; round++) {
    const there = firsts.filter((one) => one !== undefined);
    const x = there.map((one) => [
      share.words * logOdds(calibrated(one.words, words)) +
        share.vector * logOdds(calibrated(one.vector, vector)),
    ]);
    const right = there.map(({ isRight }) => isRight);
    const [bias = 0, factor = 0] = logisticOf(x, right);
    const rounded = (value: number) => Math.round(value * 1000) / 1000;
    fit = {
      words,
      vector,
      joint: {
        bias: rounded(bias),
        words: rounded(factor * share.words),
        vector: rounded(factor * share.vector),
      },
    };
    firsts = both.map((one) => ranked(one, fit)[0]);
  }
  return fit;
}
