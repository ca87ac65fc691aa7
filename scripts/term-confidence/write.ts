import type { Calibration, ConfidenceFit } from '../../services/terminology/calibration.ts';

const points = (calibration: Calibration): string =>
  calibration.map(([score, share]) => `    [${score}, ${share}],\n`).join('');

/** The text of `services/terminology/confidence-fit.ts`; `basis` says on what the numbers were fitted. */
export function sourceOf({ words, vector, joint }: ConfidenceFit, basis: string): string {
  return `import type { ConfidenceFit } from './calibration.ts';

/*
 * Written by scripts/term-confidence.ts, to be run again after the vocabulary or the model has changed.
${basis
  .split('\n')
  .map((line) => ` * ${line}\n`)
  .join('')} */
export const confidenceFit: ConfidenceFit = {
  words: [
${points(words)}  ],
  vector: [
${points(vector)}  ],
  joint: { bias: ${joint.bias}, words: ${joint.words}, vector: ${joint.vector} },
};
`;
}
