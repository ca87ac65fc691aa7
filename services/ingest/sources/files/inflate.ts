import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { Damage } from './damage.ts';
import type { Bytes } from './stream.ts';

type Engine = Gunzip | ZstdDecompress;
const chunkSize = 262_144;

/** Windows of up to 2 GiB, which is what the dumps of Pushshift ask for. */
const zstdEngine = (): Engine =>
  createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 31 } });
const gzipEngine = (): Engine => createGunzip({ chunkSize });

/** Writes one chunk and resolves when it is taken in, or when the engine wants no more. */
function write(engine: Engine, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      engine.off('end', done);
      engine.off('close', done);
      resolve();
    };
    engine.once('end', done);
    engine.once('close', done);
    engine.write(chunk, done);
  });
}

/**
 * Runs engine after engine over the input, because Node's zstd stops at the end of a frame. What the
 * engine leaves over of a chunk begins the next frame.
 */
async function* unpack(name: string, input: Bytes, create: () => Engine): AsyncGenerator<Uint8Array> {
  const iterator = input[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  let inputFailure: unknown;
  const pull = async (): Promise<Uint8Array | undefined> => {
    try {
      const next = await iterator.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      inputFailure = error;
      return undefined;
    }
  };
  try {
    rest = await pull();
    for (let frames = 0; rest; frames++) {
      if (frames > 0 && rest.every((byte) => byte === 0)) {
        rest = await pull(); // padding after the last frame
        continue;
      }
      const engine = create();
      const state = { over: false };
      const finish = (): void => {
        state.over = true;
      };
      engine.once('end', finish).once('error', finish).once('close', finish);
      const feeding = (async () => {
        let before = 0;
        let chunk: Uint8Array | undefined = rest;
        while (chunk && !state.over) {
          await write(engine, chunk);
          const taken = engine.bytesWritten - before;
          before = engine.bytesWritten;
          if (taken < chunk.length) return chunk.subarray(taken);
          if (state.over) return undefined;
          chunk = await pull();
        }
        if (!state.over) engine.end();
        return undefined;
      })();
      try {
        for await (const piece of engine) yield piece as Uint8Array;
      } catch (error) {
        // What broke below, a disk or an outer archive, is the cause and keeps its name.
        if (inputFailure !== undefined) throw inputFailure;
        throw new Damage('archive-damaged', `${name}: the data cannot be unpacked`, { cause: error });
      } finally {
        state.over = true;
        engine.destroy();
      }
      rest = (await feeding) ?? (await pull());
    }
    if (inputFailure !== undefined) throw inputFailure;
  } finally {
    await iterator.return?.();
  }
}

/** Unpacks gzip, several members in one file included. @throws Damage `archive-damaged`. */
export const gunzip = (input: Bytes): AsyncGenerator<Uint8Array> => unpack('gzip', input, gzipEngine);

/** Unpacks zstd, several frames in one file included. @throws Damage `archive-damaged`. */
export const unzstd = (input: Bytes): AsyncGenerator<Uint8Array> => unpack('zstd', input, zstdEngine);

export type Limits = {
  /** Bytes unpacked for each packed one beyond which an archive is taken for a bomb. */
  readonly maxRatio: number;
};

/** Unpacked bytes that are let through before the ratio counts: small files of one repeated byte are honest. */
const graceBytes = 256 * 1024 * 1024;

/** Counts what goes in and what comes out, and stops a bomb. @throws Damage `archive-damaged`. */
export async function* guard(
  input: Bytes,
  decompress: (input: Bytes) => Bytes,
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  let packed = 0;
  let unpacked = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input) {
      packed += chunk.length;
      yield chunk;
    }
  }
  for await (const chunk of decompress(counted())) {
    unpacked += chunk.length;
    if (unpacked > graceBytes && unpacked > packed * limits.maxRatio) {
      throw new Damage('archive-damaged', `unpacks to more than ${limits.maxRatio} times its size`);
    }
    yield chunk;
  }
}
