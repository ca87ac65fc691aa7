import type { ServedTask } from '../models/manifest.ts';
import { softmax } from './softmax.ts';
import type { RawSpan, TaskReader } from './task.ts';

/**
 * Spans from B-/I- labels, logits [rows, tokens, labels]. A word takes the best label of its first piece;
 * neighbours of one kind are one span whichever of B-x and I-x they have ("muscle cramps"), as two effects have
 * a comma or a word between them. The score is the mean over the words of p(B-x) + p(I-x). Pieces that go on
 * with a word of the window before have no first piece here and are passed over: that window has read the whole
 * word.
 */
export function tokenReader({ task }: ServedTask): TaskReader {
  const labels = task.kind === 'token' ? task.labels : [];
  const kinds = labels.map((label) => label.slice(label.indexOf('-') + 1));
  /** For each label the labels of its kind. */
  const family = labels.map((label, i) =>
    labels.flatMap((other, j) => (label !== 'O' && other !== 'O' && kinds[i] === kinds[j] ? [j] : [])),
  );
  const probabilities = new Float64Array(labels.length);
  return ({ encoding, window, output, row, width }, findings) => {
    const { starts, ends, heads } = encoding;
    const last = window.from + window.count;
    let open: RawSpan | undefined;
    let words = 0;
    const close = (): void => {
      if (open) open.score /= words;
      open = undefined;
    };
    for (let piece = window.from; piece < last;) {
      let next = piece + 1;
      while (next < last && heads[next] === 0) next++;
      if (heads[piece] === 1) {
        softmax(
          output,
          (row * width + 1 + piece - window.from) * labels.length,
          labels.length,
          probabilities,
        );
        let best = 0;
        for (let i = 1; i < labels.length; i++)
          if ((probabilities[i] ?? 0) > (probabilities[best] ?? 0)) best = i;
        const name = labels[best] ?? 'O';
        const label = kinds[best] ?? '';
        if (name === 'O') close();
        else {
          const score = (family[best] ?? []).reduce((sum, i) => sum + (probabilities[i] ?? 0), 0);
          const end = ends[next - 1] ?? 0;
          if (open && open.label === label) {
            open.end = end;
            open.lastPiece = next;
            open.score += score;
            words++;
          } else {
            close();
            open = { label, start: starts[piece] ?? 0, end, score, firstPiece: piece, lastPiece: next };
            words = 1;
            findings.windowSpans.push(open);
          }
        }
      }
      piece = next;
    }
    close();
  };
}

/** Spans of all windows of a text: those of one label that overlap are one, in the order of the text. */
export function mergeSpans(spans: readonly RawSpan[]): RawSpan[] {
  const merged: RawSpan[] = [];
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  for (const span of sorted) {
    const before = merged.findLast((other) => other.label === span.label && other.end > span.start);
    if (!before) {
      merged.push(span);
      continue;
    }
    // The longer one was read with more of its context in view and keeps its vector and its marks.
    if (span.end - span.start > before.end - before.start) {
      if (span.vector) before.vector = span.vector;
      if (span.marks) before.marks = span.marks;
      else delete before.marks;
    }
    before.end = Math.max(before.end, span.end);
    before.lastPiece = Math.max(before.lastPiece, span.lastPiece);
    before.score = Math.max(before.score, span.score);
  }
  return merged;
}
