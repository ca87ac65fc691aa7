import { extract } from 'tar-stream';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { VigilError } from '../../../shared/errors.ts';
import { bunzip2 } from './bzip2.ts';
import { Damage } from './damage.ts';
import { guard, gunzip, type Limits, unzstd } from './inflate.ts';
import { type Bytes, peek, startsWith } from './stream.ts';

/** One file's bytes, unpacked; an archive holds several. */
export type Member = {
  /** `file`, or `file!entry` for what lies in a tar. */
  readonly name: string;
  readonly head: Uint8Array;
  readonly bytes: Bytes;
};

/** Archives in archives: a tar of bzip2 files inside a gzip is three deep. */
const maxNesting = 5;
/** Enough for the magic of a tar, for telling formats apart, and for a feed's or table's own header. */
export const headBytes = 65_536;

const packers: readonly { readonly magic: readonly number[]; readonly unpack: (input: Bytes) => Bytes }[] = [
  { magic: [0x1f, 0x8b], unpack: gunzip },
  { magic: [0x42, 0x5a, 0x68], unpack: bunzip2 },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unzstd },
  // A skippable frame may come first.
  ...Array.from({ length: 16 }, (_, index) => ({ magic: [0x50 + index, 0x2a, 0x4d, 0x18], unpack: unzstd })),
];
const tarMagic = [0x75, 0x73, 0x74, 0x61, 0x72];

/** What went wrong below keeps its own name; anything else is the tar's. */
const tarDamage = (error: unknown): unknown =>
  error instanceof Damage || error instanceof VigilError
    ? error
    : new Damage('archive-damaged', 'tar: the archive cannot be read', { cause: error });

async function* entryBytes(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of entry) yield chunk as Uint8Array;
  } catch (error) {
    throw tarDamage(error);
  }
}

const packerOf = (head: Uint8Array) => packers.find(({ magic }) => startsWith(head, magic));

/** Whether a file that begins like this is an archive or packed. */
export const isPacked = (head: Uint8Array): boolean =>
  packerOf(head) !== undefined || startsWith(head, tarMagic, 257);

/**
 * What a file holds, unpacked by what its bytes say and not by its name: plain, gzip, bzip2, zstd, and
 * tar in any of these, with packed files in the tar in turn. The bytes of a member must be read, or left,
 * before the next member is asked for. Errors of unpacking come out of the member's bytes, or out of the
 * iteration where no further member can be found.
 */
export async function* membersOf(
  name: string,
  bytes: Bytes,
  limits: Limits,
  nesting = 0,
): AsyncGenerator<Member> {
  const { head, whole } = await peek(bytes, headBytes);
  const packer = packerOf(head);
  if (!isPacked(head)) {
    yield { name, head, bytes: whole };
    return;
  }
  if (nesting >= maxNesting) {
    throw new Damage('too-deep', `archives nested more than ${maxNesting} deep`);
  }
  if (packer) {
    yield* membersOf(name, guard(whole, packer.unpack, limits), limits, nesting + 1);
    return;
  }
  const tar = extract();
  const feeding = pipeline(Readable.from(whole, { objectMode: false }), tar).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    for await (const entry of tar) {
      if (entry.header.type === 'file' || entry.header.type === 'contiguous-file') {
        yield* membersOf(
          `${name}!${entry.header.name.slice(0, 255)}`,
          entryBytes(entry),
          limits,
          nesting + 1,
        );
      }
      entry.resume();
    }
  } catch (error) {
    throw tarDamage(error);
  } finally {
    tar.destroy();
  }
  const failure = await feeding;
  if (failure instanceof Damage || failure instanceof VigilError) throw failure;
}
