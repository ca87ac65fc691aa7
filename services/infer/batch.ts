import type { ModelBatch } from './models/model.ts';

/**
 * The widths that sequences are padded to: few, so that the runtime meets the same shapes again and again,
 * and close enough together that little of a batch is padding.
 */
const steps = [8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 192, 256, 384, 512];

/** Padded width for a sequence; at most `maxTokens`. */
export function widthFor(tokens: number, maxTokens: number): number {
  for (const step of steps) if (step >= tokens) return Math.min(step, maxTokens);
  return maxTokens;
}

/** Rows of the next batch: the largest power of two that is waiting and within the budget, at least one. */
export function rowsFor(waiting: number, width: number, budgetTokens: number): number {
  const most = Math.max(1, Math.min(waiting, Math.floor(budgetTokens / width)));
  return 2 ** Math.floor(Math.log2(most));
}

/** Puts sequences of token ids into one padded batch. */
export function padded(sequences: readonly Int32Array[], width: number, padding: number): ModelBatch {
  const ids = new Int32Array(sequences.length * width).fill(padding);
  const lengths = new Int32Array(sequences.length);
  sequences.forEach((sequence, row) => {
    ids.set(sequence, row * width);
    lengths[row] = sequence.length;
  });
  return { rows: sequences.length, width, ids, lengths };
}
