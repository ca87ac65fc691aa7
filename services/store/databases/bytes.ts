import type { Readable } from 'node:stream';

/**
 * The chunks of a stream. Who gives up, even before the first chunk, closes the stream; its own iterator would
 * leave it open then.
 */
export function bytesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      let closed = false;
      return {
        next: async () => (closed ? { done: true, value: undefined } : chunks.next()),
        async return() {
          closed = true;
          stream.destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
