import { realpath } from 'node:fs/promises';
import type { Platform } from '../../../../schemas/post.ts';
import type { Clock } from '../../../shared/clock.ts';
import { sha256Hex } from '../../../shared/ids.ts';
import type { Delivered, Source, SourceBatch } from '../../source.ts';
import type { Format } from '../formats/format.ts';
import { cursorFor, type FileCursor } from './cursor.ts';
import { Damage } from './damage.ts';
import { type Decoded, decodeFrame, problem } from './decode.ts';
import { detectFraming, encodingOf, type Framing } from './detect.ts';
import { createSplitter, type Frame } from './frames.ts';
import { headBytes, type Member } from './members.ts';
import { fileProblem, isMissing, membersFrom, type ReadOptions, readHead } from './read.ts';
import { scannerOf } from './scanners.ts';

export type FileOptions = ReadOptions & {
  /** Name under which the posts are accepted; null names them after their platform. */
  readonly name: string | null;
  readonly format: Format | undefined;
  readonly batchRecords: number;
  readonly maxRecordBytes: number;
  /**
   * Leaves an unfinished last record in the file, because more of it may come; a file that is missing has
   * nothing to deliver at this look.
   */
  readonly follow: boolean;
  /** Told of a followed file that is missing. */
  readonly onMissing?: (path: string) => void;
  readonly clock: Clock;
};

/** Frames' bytes that make a batch even where the records are few. */
const batchBytes = 8 * 1024 * 1024;

/** Platform of the first message of a member that can be understood; looked for in its first bytes only. */
function platformOf(head: Uint8Array, framing: Framing, { format, maxRecordBytes }: FileOptions): Platform {
  const splitter = createSplitter(scannerOf(framing), maxRecordBytes, 0);
  for (const frame of splitter.push(head)) {
    const { platform } = decodeFrame(frame, framing, format, { now: 0 });
    if (platform) return platform;
  }
  return 'file';
}

/** What a followed file delivers while it is there: whoever rotates it takes it away for a moment. */
async function* whileThere(
  batches: AsyncIterable<SourceBatch>,
  { path, onMissing }: FileOptions,
): AsyncGenerator<SourceBatch> {
  try {
    yield* batches;
  } catch (error) {
    if (!isMissing(error)) throw error;
    onMissing?.(path);
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
    read: (cursor, signal) =>
      options.follow ? whileThere(read(cursor, signal), options) : read(cursor, signal),
    [Symbol.asyncDispose]: async () => {},
  };

  async function* read(text: string | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    const { head, size } = await readHead(path, headBytes);
    const cursor = cursorFor(text, head, size);
    if (cursor.done === size || (options.follow && cursor.followedTo === size)) {
      options.onBytes?.(size);
      return;
    }
    let at: FileCursor = { ...cursor, done: null, followedTo: null };
    let records: Delivered[] = [];
    let bytes = 0;
    let now = clock.now();
    /** What cannot be read goes under the platform that the member begins with. */
    let likelyPlatform: Platform = 'file';

    const add = ({ outcomes, platform }: Decoded, member: string, frame: Frame): void => {
      const source = options.name ?? platform ?? likelyPlatform;
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
    at = options.follow ? { ...at, followedTo: size } : { ...at, done: size };
    yield take();

    async function* readMember(member: Member, start: number): AsyncGenerator<SourceBatch> {
      const encoding = encodingOf(member.head);
      const headText = new TextDecoder(encoding.label).decode(member.head);
      const framing = detectFraming(headText, member.head.length < headBytes);
      let offset = start;
      if (!framing) {
        try {
          for await (const chunk of member.bytes) offset += chunk.length;
        } catch (error) {
          damage(error, member.name, index, offset);
          return;
        }
        // What is followed may still become something; what is there may be half a header.
        const waits = options.follow && member.head.length < headBytes;
        if (headText.trim() === '' || start > 0 || waits) return;
        at = { ...at, member: index, offset: start };
        const frame = { bytes: head, start, end: offset };
        add(problem('unknown-shape', 'the file is of no known format'), member.name, frame);
        return;
      }
      likelyPlatform = platformOf(member.head, framing, options);
      const splitter = createSplitter(scannerOf(framing), options.maxRecordBytes, start);
      const decode = (frame: Frame): void => {
        const decoded = decodeFrame(frame, framing, options.format, { now });
        add(decoded, member.name, frame);
        bytes += frame.bytes.length;
        // What ends too early is read again from its beginning when the file has grown.
        const unfinished =
          frame.fault === 'torn' && decoded.outcomes.every(({ type }) => type === 'unusable');
        offset = unfinished ? frame.start : frame.end;
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
