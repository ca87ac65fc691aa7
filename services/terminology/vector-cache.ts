import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { randomId, sha256Hex } from '../shared/ids.ts';

/** Unit vectors as int8: value = row value * the row's scale. */
export type QuantisedRows = {
  readonly count: number;
  readonly dimensions: number;
  readonly rows: Int8Array;
  readonly scales: Float32Array;
};

const magic = 'VSVEC001';
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Address of the vectors of these names by this model. */
export function vectorKey(names: readonly string[], modelSha256: string): string {
  return sha256Hex(JSON.stringify([magic, modelSha256, names]), 24);
}

const pathOf = (folder: string, key: string): string => join(folder, `term-vectors-${key}.bin`);

/** The vectors of a key; undefined when there are none or the file is not whole. */
export async function readVectors(
  folder: string,
  key: string,
  count: number,
): Promise<QuantisedRows | undefined> {
  let file: Buffer;
  try {
    file = await readFile(pathOf(folder, key));
  } catch {
    return undefined;
  }
  const body = file.subarray(0, file.length - 32);
  if (file.length < 48 || body.toString('latin1', 0, 8) !== magic) return undefined;
  if (body.readUInt32LE(8) !== count || !digest(body).equals(file.subarray(-32))) return undefined;
  const dimensions = body.readUInt32LE(12);
  if (body.length !== 16 + 4 * count + count * dimensions) return undefined;
  const bytes = Uint8Array.from(body); // own memory, so that the views below are aligned
  return {
    count,
    dimensions,
    scales: new Float32Array(bytes.buffer, 16, count),
    rows: new Int8Array(bytes.buffer, 16 + 4 * count, count * dimensions),
  };
}

/** Writes the vectors beside their place and moves them there, so that no reader sees half a file. */
export async function writeVectors(folder: string, key: string, vectors: QuantisedRows): Promise<void> {
  const { count, dimensions, rows, scales } = vectors;
  const head = Buffer.alloc(16);
  head.write(magic, 'latin1');
  head.writeUInt32LE(count, 8);
  head.writeUInt32LE(dimensions, 12);
  const bytes = (view: Int8Array | Float32Array) =>
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const body = Buffer.concat([head, bytes(scales), bytes(rows)]);
  await mkdir(folder, { recursive: true });
  const temporary = `${pathOf(folder, key)}.${randomId()}`;
  try {
    await writeFile(temporary, Buffer.concat([body, digest(body)]));
    await rename(temporary, pathOf(folder, key));
  } finally {
    await rm(temporary, { force: true });
  }
}
