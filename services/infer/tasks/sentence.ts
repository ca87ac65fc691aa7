import type { TaskAnswer } from '../../../schemas/analysis.ts';
import type { SentenceTask } from '../../../schemas/tasks.ts';
import type { ServedTask } from '../models/manifest.ts';
import { softmax } from './softmax.ts';
import type { TaskReader } from './task.ts';

/**
 * One answer for the whole text, from logits [rows, labels]. Of a long text's windows the one that is
 * furthest from the first label, which always means that there is nothing, speaks for the text.
 */
export function sentenceReader({ task }: ServedTask): TaskReader {
  const labels = task.kind === 'sentence' ? task.labels.length : 0;
  return ({ output, row }, { sentences }) => {
    const probabilities = new Float64Array(labels);
    softmax(output, row * labels, labels, probabilities);
    const before = sentences.get(task.id);
    if (before === undefined || (probabilities[0] ?? 0) < (before[0] ?? 0))
      sentences.set(task.id, probabilities);
  };
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

/**
 * The answer that follows from probabilities: the positive label from its threshold on, else the best of
 * the others; without a positive label the best.
 */
export function answerOf(
  task: SentenceTask,
  threshold: number | undefined,
  values: Float64Array,
): TaskAnswer {
  const positive = task.positive === undefined ? -1 : task.labels.indexOf(task.positive);
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (i !== positive && (best < 0 || (values[i] ?? 0) > (values[best] ?? 0))) best = i;
  }
  if (positive >= 0 && (values[positive] ?? 0) >= (threshold ?? 1)) best = positive;
  return {
    label: task.labels[best] ?? '',
    probability: rounded(values[positive >= 0 ? positive : best] ?? 0),
    probabilities: Array.from(values, rounded),
  };
}
