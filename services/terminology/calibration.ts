/** How sure a score makes us that it points to the right concept: points in ascending order of both. */
export type Calibration = readonly (readonly [score: number, probability: number])[];

/** How the confidence of a concept comes from the scores of its words and of its vector. */
export type ConfidenceFit = {
  readonly words: Calibration;
  /** For cosines of spans in their context with term names. */
  readonly vector: Calibration;
  /** Logistic regression of the right term on both probabilities' log-odds, which are far from independent. */
  readonly joint: { readonly bias: number; readonly words: number; readonly vector: number };
};

/** No single evidence is surer than this. */
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

/** Log-odds of a probability, within bounds. */
export function logOdds(probability: number): number {
  const bounded = Math.max(bounds.low, Math.min(bounds.high, probability));
  return Math.log(bounded / (1 - bounded));
}
