import type { ConfidenceFit } from './calibration.ts';

/*
 * Measured on 1,247 mentions of the project's own posts, labelled independently of the vocabulary: the share of
 * right terms by score.
 */
export const confidenceFit: ConfidenceFit = {
  words: [
    [0.3, 0.03],
    [0.45, 0.15],
    [0.55, 0.3],
    [0.65, 0.47],
    [0.75, 0.62],
    [0.85, 0.72],
    [1, 0.92],
  ],
  vector: [
    [0.5, 0.05],
    [0.6, 0.13],
    [0.7, 0.28],
    [0.75, 0.42],
    [0.8, 0.65],
    [0.85, 0.85],
    [0.95, 0.92],
  ],
  joint: { bias: 0.43, words: 0.46, vector: 0.35 },
};
