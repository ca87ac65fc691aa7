import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, VigilError } from '../../../shared/errors.ts';
import type { FileCursor } from './cursor.ts';
import { encodingOf } from './detect.ts';
import type { Limits } from './inflate.ts';
import { isPacked, type Member, membersOf } from './members.ts';
import { type Bytes, skip } from './stream.ts';

export type ReadOptions = {
  readonly path: string;
  readonly limits: Limits;
  /** Told how many bytes of the file, as it lies on the disk, have been read. */
  readonly onBytes?: (count: number) => void;
};

/** What the disk refuses, as an error that says what to do. */
export const fileProblem = (path: string, error: unknown): VigilError =>
  new VigilError(
    'INGEST_FILE',
    `cannot read ${path} (${errorCode(error)}): check that it is there and readable`,
    {
      cause: error,
    },
  );

/** Whether the error says that a file is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof VigilError && error.code === 'INGEST_FILE' && errorCode(error.cause) === 'ENOENT';

/** The bytes of a file from an offset on; what the disk refuses is our problem, not the archive's. */
async function* readBytes(
  path: string,
  start: number,
  onBytes: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { start, highWaterMark: 262_144 });
  try {
    for await (const chunk of stream) {
      onBytes?.((chunk as Uint8Array).length);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw fileProblem(path, error);
  } finally {
    stream.destroy();
  }
}

async function* transcode(bytes: Bytes, label: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(label);
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

/** The first bytes of a file, at most `count` of them, and its size. @throws VigilError `INGEST_FILE`. */
export async function readHead(path: string, count: number): Promise<{ head: Uint8Array; size: number }> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(count);
    let filled = 0;
    while (filled < count) {
      const { bytesRead } = await file.read(buffer, filled, count - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { head: buffer.subarray(0, filled), size: (await file.stat()).size };
  } catch (error) {
    throw fileProblem(path, error);
  }
}

/** The members from the cursor's on, each with the offset at which its bytes begin. */
export async function* membersFrom(
  options: ReadOptions,
  cursor: FileCursor,
  head: Uint8Array,
): AsyncGenerator<{ member: Member; index: number; start: number }> {
  const { path, onBytes, limits } = options;
  // A plain file in UTF-8 is its own only member, and is opened where the reading goes on.
  const plain = cursor.member === 0 && cursor.offset > 0 && !encodingOf(head).transcode && !isPacked(head);
  if (plain) {
    onBytes?.(cursor.offset);
    const bytes = readBytes(path, cursor.offset, onBytes);
    yield { member: { name: path, head, bytes }, index: 0, start: cursor.offset };
    return;
  }
  let index = 0;
  for await (const member of membersOf(path, readBytes(path, 0, onBytes), limits)) {
    const start = index === cursor.member ? cursor.offset : 0;
    if (index >= cursor.member) {
      const encoding = encodingOf(member.head);
      const bytes = encoding.transcode ? transcode(member.bytes, encoding.label) : member.bytes;
      yield { member: { ...member, bytes: skip(bytes, start) }, index, start };
    }
    index++;
  }
}
