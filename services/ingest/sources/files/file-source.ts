import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../../shared/clock.ts';
import { errorCode, VigilError } from '../../../shared/errors.ts';
import { sha256Hex } from '../../../shared/ids.ts';
import type { Delivered, Source, SourceBatch } from '../../source.ts';
import type { Format } from '../formats/format.ts';
import { Damage } from './damage.ts';
import { type Decoded, decodeFrame, problem } from './decode.ts';
import { detectFraming, encodingOf, type Framing } from './detect.ts';
import { createSplitter, type Frame, type Scanner } from './frames.ts';
import type { Limits } from './inflate.ts';
import { headBytes, isPacked, type Member, membersOf } from './members.ts';
import { eventScanner, itemScanner, jsonScanner, lineScanner, rowScanner } from './scanners.ts';
import { type Bytes, skip } from './stream.ts';

export type FileOptions = {
  /** Name under which the posts are accepted; null names them after their platform. */
  readonly name: string | null;
  readonly path: string;
  readonly format: Format | undefined;
  readonly batchRecords: number;
  readonly maxRecordBytes: number;
  readonly limits: Limits;
  /** Leaves an unfinished last record in the file, because more of it may come. */
  readonly follow: boolean;
  readonly clock: Clock;
  /** Told how many bytes of the file, as it lies on the disk, have been read. */
  readonly onBytes?: (count: number) => void;
};

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
});
type FileCursor = z.infer<typeof cursorSchema>;

/** Frames' bytes that make a batch even where the records are few. */
const batchBytes = 8 * 1024 * 1024;

const scanners = { lines: lineScanner, json: jsonScanner, events: eventScanner, items: itemScanner } as const;
const scannerOf = (framing: Framing): Scanner =>
  framing.kind === 'rows' ? rowScanner(framing.delimiter.charCodeAt(0)) : scanners[framing.kind]();

const fileProblem = (path: string, error: unknown): VigilError =>
  new VigilError(
    'INGEST_FILE',
    `cannot read ${path} (${errorCode(error)}): check that it is there and readable`,
    {
      cause: error,
    },
  );

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

async function readHead(path: string, size: number): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } catch (error) {
    throw fileProblem(path, error);
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

/** The cursor when it belongs to this file as it is now; otherwise the file is read from its beginning. */
function cursorFor(text: string | undefined, head: Uint8Array, size: number): FileCursor {
  const identityBytes = Math.min(1024, head.length);
  const fresh: FileCursor = {
    v: 1,
    head: hashOf(head.subarray(0, identityBytes)),
    headBytes: identityBytes,
    member: 0,
    offset: 0,
    done: null,
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

/** The members from the cursor's on, each with the offset at which its bytes begin. */
async function* membersFrom(
  options: FileOptions,
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

/** A file as a source of its own, with a cursor of its own. */
export async function openFile(options: FileOptions): Promise<Source> {
  const { path, batchRecords, clock } = options;
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    throw fileProblem(path, error);
  }
  return {
    name: options.name ?? 'file',
    cursorKey: `${options.name ?? 'file'}/${sha256Hex(real, 24)}`,
    read: (cursor, signal) => read(cursor, signal),
    [Symbol.asyncDispose]: async () => {},
  };

  async function* read(text: string | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    const head = await readHead(path, headBytes);
    const { size } = await stat(path);
    const cursor = cursorFor(text, head, size);
    if (cursor.done === size) {
      options.onBytes?.(size);
      return;
    }
    let at: FileCursor = { ...cursor, done: null };
    let records: Delivered[] = [];
    let bytes = 0;
    let now = clock.now();

    const add = ({ outcomes, platform }: Decoded, member: string, frame: Frame): void => {
      const source = options.name ?? platform ?? 'file';
      for (const outcome of outcomes) {
        records.push({
          source,
          record:
            outcome.type === 'unusable'
              ? { ...outcome, origin: `${member} byte ${frame.start}`, bytes: frame.end - frame.start }
              : outcome,
        });
      }
    };
    const take = (): SourceBatch => {
      const batch = { records, cursor: JSON.stringify(at) };
      [records, bytes, now] = [[], 0, clock.now()];
      return batch;
    };
    const damage = (error: unknown, member: string, index: number, offset: number): void => {
      if (!(error instanceof Damage)) throw error;
      const { reason, detail } = error;
      add(problem(reason, detail), member, { bytes: head, start: offset, end: offset });
      at = { ...at, member: index, offset };
    };

    let index = cursor.member;
    try {
      for await (const { member, index: memberIndex, start } of membersFrom(options, cursor, head)) {
        index = memberIndex;
        yield* readMember(member, start);
        if (signal.aborted) return;
      }
    } catch (error) {
      damage(error, path, index + 1, 0);
    }
    if (!options.follow) at = { ...at, done: size };
    if (records.length > 0 || at.offset !== cursor.offset || at.done !== cursor.done) yield take();

    async function* readMember(member: Member, start: number): AsyncGenerator<SourceBatch> {
      const encoding = encodingOf(member.head);
      const headText = new TextDecoder(encoding.label).decode(member.head);
      const framing = detectFraming(headText, member.head.length < headBytes);
      let offset = start;
      if (!framing) {
        if (headText.trim() !== '' && start === 0) {
          let length = 0;
          for await (const chunk of member.bytes) length += chunk.length;
          const frame = { bytes: head, start: 0, end: length };
          add(problem('unknown-shape', 'the file is of no known format'), member.name, frame);
          at = { ...at, member: index, offset: length };
        }
        return;
      }
      const splitter = createSplitter(scannerOf(framing), options.maxRecordBytes, start);
      const decode = (frame: Frame): void => {
        add(decodeFrame(frame, framing, options.format, { now }), member.name, frame);
        bytes += frame.bytes.length;
        offset = frame.end;
        at = { ...at, member: index, offset };
      };
      try {
        for await (const chunk of member.bytes) {
          for (const frame of splitter.push(chunk)) {
            decode(frame);
            if (records.length >= batchRecords || bytes >= batchBytes) {
              yield take();
              if (signal.aborted) return;
            }
          }
          if (signal.aborted) return;
        }
        if (!options.follow) for (const frame of splitter.end()) decode(frame);
      } catch (error) {
        for (const frame of splitter.end()) decode(frame);
        damage(error, member.name, index, offset);
      }
    }
  }
}
