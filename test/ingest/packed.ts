import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A tar of files, as bytes. */
export async function tarOf(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, Buffer.from(bytes));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const packed = (name: string): Buffer => readFileSync(new URL(`../fixtures/packed/${name}`, import.meta.url));

/** The lines of a file in every way of packing; the bytes between the two halves end a line. */
export async function packings(text: Buffer, middle: number): Promise<Record<string, Buffer>> {
  const [first, second] = [text.subarray(0, middle), text.subarray(middle)];
  const members = { 'a.ndjson': first, 'b.ndjson': second };
  const tar = await tarOf(members);
  return {
    plain: text,
    gzip: gzipSync(text),
    'gzip of two members': Buffer.concat([gzipSync(first), gzipSync(second)]),
    zstd: zstdCompressSync(text),
    'zstd of two frames': Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)]),
    bzip2: packed('jetstream.ndjson.bz2'),
    'bzip2 of two streams': packed('two-streams.bz2'),
    tar,
    'tar in gzip': gzipSync(tar),
    'tar in zstd': zstdCompressSync(tar),
    'tar of bzip2 and gzip': await tarOf({
      'one.bz2': packed('jetstream.ndjson.bz2'),
      'two.gz': gzipSync(''),
    }),
    'utf-16': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.toString(), 'utf16le')]),
    'zstd with a skippable frame first': Buffer.concat([
      Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]),
      zstdCompressSync(text),
    ]),
  };
}

/** Packs with the `zstd` program at a window of 2 GiB; undefined where there is no such program. */
export function zstdLong(folder: string, text: Buffer): string | undefined {
  const plain = join(folder, 'long.ndjson');
  writeFileSync(plain, text);
  const { status } = spawnSync('zstd', ['-q', '--long=31', '--ultra', '-3', plain, '-o', `${plain}.zst`]);
  return status === 0 ? `${plain}.zst` : undefined;
}
