import type { SpanMark } from '../../../schemas/analysis.ts';
import type { ServedTask } from '../models/manifest.ts';
import type { TaskReader } from './task.ts';

/** Label of a span that is marked, and of a complaint that the post names and that is no reported effect. */
const effect = 'effect';
const condition = 'condition';

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/**
 * What is said of the effects of the window, from logits [rows, tokens, marks]: the mean of each logit over the
 * span's pieces, then the sigmoid. An effect is uncertain or another person's from the threshold of that mark on.
 * A condition becomes an effect that is negated or the reason for taking the product, whichever has the higher
 * logit (negated where they are equal), and another person's from the threshold on.
 */
export function marksReader({ task, markThresholds }: ServedTask): TaskReader {
  const labels = task.kind === 'marks' ? task.labels : [];
  const count = labels.length;
  const negated = labels.indexOf('negated');
  const indication = labels.indexOf('indication');
  const thresholds = labels.map((label) =>
    label === 'uncertain' || label === 'other-person' ? (markThresholds?.[label] ?? Infinity) : Infinity,
  );
  const logits = new Float64Array(count);

  return ({ window, output, row, width }, { windowSpans }) => {
    for (const span of windowSpans) {
      if (span.label !== effect && span.label !== condition) continue;
      const first = row * width + 1 + span.firstPiece - window.from;
      const pieces = span.lastPiece - span.firstPiece;
      for (let i = 0; i < count; i++) {
        let sum = 0;
        for (let token = first; token < first + pieces; token++) sum += output[token * count + i] ?? 0;
        logits[i] = sum / pieces;
      }
      const why: SpanMark = (logits[negated] ?? 0) >= (logits[indication] ?? 0) ? 'negated' : 'indication';
      const found = labels.filter((label, i) => {
        if (span.label === condition && label !== 'other-person') return label === why;
        return sigmoid(logits[i] ?? 0) >= (thresholds[i] ?? Infinity);
      });
      span.label = effect;
      if (found.length > 0) span.marks = found;
    }
  };
}
