import type { Encoding, Tokeniser } from './tokenise.ts';

/** Tokens that two neighbouring windows of a long text share. */
export const overlap = 32;

/** A stretch of a text's pieces that the model reads at once. */
export type Window = {
  /** Token ids with the special ones at both ends. */
  readonly ids: Int32Array;
  /** Index of the first piece in the encoding. */
  readonly from: number;
  /** Pieces in it. */
  readonly count: number;
};

/** Pieces that `maxWindows` windows can hold. */
export function piecesIn(maxWindows: number, maxTokens: number): number {
  const inner = maxTokens - 2;
  return inner + (maxWindows - 1) * (inner - overlap);
}

/** Cuts an encoding into windows of at most `maxTokens` tokens; one, perhaps empty, for a short text. */
export function windowsOf(encoding: Encoding, tokeniser: Tokeniser, maxTokens: number): Window[] {
  const inner = maxTokens - 2;
  const windows: Window[] = [];
  for (let from = 0; ; from += inner - overlap) {
    const count = Math.min(inner, encoding.ids.length - from);
    const ids = new Int32Array(count + 2);
    ids[0] = tokeniser.first;
    ids.set(encoding.ids.subarray(from, from + count), 1);
    ids[count + 1] = tokeniser.last;
    windows.push({ ids, from, count });
    if (from + count >= encoding.ids.length) return windows;
  }
}
