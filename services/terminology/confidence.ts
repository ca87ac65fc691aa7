/** How sure a score makes us that it points to the right concept. */
export type Calibration = readonly (readonly [score: number, probability: number])[];

/**
 * Word scores against the share of right terms among 1,180 mentions of the project's own posts, labelled
 * independently of the vocabulary. Straight lines between the points.
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

/** Cosines of unrelated names lie below the first point, those of one thing about the last. */
export const vectorCalibration: Calibration = [
  [0.35, 0],
  [0.9, 0.92],
];

/** The probability of a score: straight lines between the points, level outside them; 0 for a score of 0. */
export function calibrated(score: number, points: Calibration): number {
  const [first] = points;
  if (!first || score <= 0) return 0;
  let before = first;
  for (const point of points) {
    if (score < point[0]) {
      const [x0, y0] = before;
      const [x1, y1] = point;
      return x1 > x0 ? y0 + ((score - x0) / (x1 - x0)) * (y1 - y0) : (y1 * score) / x1;
    }
    before = point;
  }
  return before[1];
}

/** Two searches' probabilities for one concept, taken as independent evidence. */
export const either = (a: number, b: number): number => 1 - (1 - a) * (1 - b);
