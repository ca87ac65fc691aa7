import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * How far a file has been read: which member of it, and how many of that member's unpacked bytes. A
 * packed file is unpacked again from its beginning and skipped to there; a plain one is opened there.
 */
const cursorSchema = z.strictObject({
  v: z.literal(1),
  /** Hash of the first `headBytes` bytes of the file; another file under the same path starts anew. */
  head: z.string(),
  headBytes: z.int().min(0),
  member: z.int().min(0),
  offset: z.int().min(0),
  /** Size of the file when its end was reached; until it changes there is nothing more in it. */
  done: z.int().nullable(),
  /** The same of a file that is followed: an unfinished record may stand behind `offset`. */
  followedTo: z.int().nullable().default(null),
});
export type FileCursor = z.infer<typeof cursorSchema>;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

/** The cursor when it belongs to this file as it is now; otherwise the file is read from its beginning. */
export function cursorFor(text: string | undefined, head: Uint8Array, size: number): FileCursor {
  const identityBytes = Math.min(1024, head.length);
  const fresh: FileCursor = {
    v: 1,
    head: hashOf(head.subarray(0, identityBytes)),
    headBytes: identityBytes,
    member: 0,
    offset: 0,
    done: null,
    followedTo: null,
  };
  if (text === undefined) return fresh;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const saved = cursorSchema.safeParse(value).data;
  if (!saved || saved.headBytes > head.length || size < saved.headBytes) return fresh;
  return saved.head === hashOf(head.subarray(0, saved.headBytes)) ? saved : fresh;
}
