/** Bytes as they come; chunks are never empty and not reused. */
export type Bytes = AsyncIterable<Uint8Array>;

/**
 * Reads up to `size` bytes ahead without taking them away.
 * @returns the head (shorter only where the stream ends) and the whole stream again.
 */
export async function peek(bytes: Bytes, size: number): Promise<{ head: Uint8Array; whole: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let failure: unknown;
  let ended = false;
  while (length < size && !ended) {
    try {
      const next = await iterator.next();
      if (next.done === true) ended = true;
      else {
        chunks.push(next.value);
        length += next.value.length;
      }
    } catch (error) {
      // What came before the damage is still good; the error comes out where it lies.
      failure = error;
      ended = true;
    }
  }
  async function* replay(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
      if (failure !== undefined) throw failure;
      while (!ended) {
        const next = await iterator.next();
        if (next.done === true) ended = true;
        else yield next.value;
      }
    } finally {
      if (!ended) await iterator.return?.();
    }
  }
  return { head: join(chunks).subarray(0, size), whole: replay() };
}

/** One array of several; the array itself where there is only one. */
export function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

/** The stream without its first `count` bytes. */
export async function* skip(bytes: Bytes, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left > 0 ? chunk.subarray(left) : chunk;
      left = 0;
    }
  }
}

/** Whether the array begins with these bytes at an offset. */
export function startsWith(bytes: Uint8Array, magic: readonly number[], at = 0): boolean {
  return bytes.length >= at + magic.length && magic.every((byte, index) => bytes[at + index] === byte);
}
