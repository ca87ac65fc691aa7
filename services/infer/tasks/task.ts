import type { SpanMark } from '../../../schemas/analysis.ts';
import type { ServedTask } from '../models/manifest.ts';
import type { Encoding } from '../tokenise.ts';
import type { Window } from '../window.ts';

/** A span as the model marked it; offsets in UTF-16 units of the text. */
export type RawSpan = {
  label: string;
  readonly start: number;
  end: number;
  score: number;
  /** Indices of pieces in the encoding, the last exclusive. */
  readonly firstPiece: number;
  lastPiece: number;
  /** Unit vector of the span in its context, where the bundle has a vector task. */
  vector?: Float32Array;
  /** What is said of an effect, in the order of the task's labels; absent for none. */
  marks?: readonly SpanMark[];
};

/** One window's row of an output tensor. */
export type RowView = {
  readonly encoding: Encoding;
  readonly window: Window;
  readonly output: Float32Array;
  readonly row: number;
  /** Tokens of a row, padding included. */
  readonly width: number;
};

/** What is known of a post so far; every task adds its part, window after window. */
export type Findings = {
  /** Probabilities of the labels by sentence task. */
  readonly sentences: Map<string, Float64Array>;
  /** Spans of the window in hand. */
  windowSpans: RawSpan[];
};

/** Reads one task's answer for one window out of the tensor and adds it to the findings. */
export type TaskReader = (view: RowView, findings: Findings) => void;

/** A kind of task: how its tensor is read. Kinds that build on others are listed behind them. */
export type CreateReader = (served: ServedTask) => TaskReader;
