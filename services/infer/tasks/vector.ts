import type { ServedTask } from '../models/manifest.ts';
import type { TaskReader } from './task.ts';

/**
 * Unit vector of the mean of the token states from `first` to `last` (exclusive), counted with the special
 * token at the beginning; states are [rows, tokens, dimensions].
 */
export function meanVector(
  states: Float32Array,
  at: { row: number; width: number; first: number; last: number },
  dimensions: number,
): Float32Array {
  const vector = new Float32Array(dimensions);
  for (let token = at.first; token < at.last; token++) {
    const start = (at.row * at.width + token) * dimensions;
    for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] ?? 0) + (states[start + i] ?? 0);
  }
  let square = 0;
  for (const value of vector) square += value * value;
  // A text without pieces has no direction; its vector stays zero.
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let i = 0; i < dimensions; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}

/** Gives every span of the window the vector by which its term is looked up. */
export function vectorReader({ task }: ServedTask): TaskReader {
  const dimensions = task.kind === 'vector' ? task.dimensions : 0;
  return ({ window, output, row, width }, findings) => {
    for (const span of findings.windowSpans) {
      const first = 1 + span.firstPiece - window.from;
      const last = 1 + span.lastPiece - window.from;
      span.vector = meanVector(output, { row, width, first, last }, dimensions);
    }
  };
}
