import type { DeadLetterReason } from '../../../../schemas/flow.ts';
import { join } from './stream.ts';

/** The bytes of one record, or what is wrong with them. */
export type Frame = {
  readonly bytes: Uint8Array;
  /** Bytes of the member before this frame and up to its end; reading can go on at `end`. */
  readonly start: number;
  readonly end: number;
  /** Set where the bytes are not kept (too large) or the member ended before the frame did. */
  readonly fault?: DeadLetterReason;
};

/**
 * Finds where frames end. Between two frames a scanner is in its first state again, so that reading can
 * begin at any frame without knowing what came before.
 */
export type Scanner = {
  /** One past the end of the current frame, or -1 where the chunk ends first. */
  scan(chunk: Uint8Array, from: number): number;
};

export type Splitter = {
  push(chunk: Uint8Array): Iterable<Frame>;
  /** What is left when the member ends; its fault is `torn` until a parser finds it whole. */
  end(): Iterable<Frame>;
};

/**
 * Cuts a stream of bytes into frames at constant memory: a frame beyond `maxBytes` is not kept, only
 * counted to its end.
 */
export function createSplitter(scanner: Scanner, maxBytes: number, start: number): Splitter {
  let carry: Uint8Array[] = [];
  let length = 0; // bytes of the frame so far, kept or not
  let position = start;

  function close(last: Uint8Array, fault?: DeadLetterReason): Frame {
    length += last.length;
    const frameStart = position;
    position += length;
    const tooLarge = length > maxBytes;
    const bytes = tooLarge ? new Uint8Array(0) : carry.length === 0 ? last : join([...carry, last]);
    carry = [];
    length = 0;
    const reason = tooLarge ? 'too-large' : fault;
    return { bytes, start: frameStart, end: position, ...(reason === undefined ? {} : { fault: reason }) };
  }

  return {
    *push(chunk) {
      let from = 0;
      while (from < chunk.length) {
        const end = scanner.scan(chunk, from);
        if (end < 0) {
          length += chunk.length - from;
          if (length > maxBytes) carry = [];
          else carry.push(chunk.subarray(from));
          return;
        }
        yield close(chunk.subarray(from, end));
        from = end;
      }
    },
    *end() {
      if (length > 0) yield close(new Uint8Array(0), 'torn');
    },
  };
}
