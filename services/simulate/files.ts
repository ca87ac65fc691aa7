import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { feedHead, feedTail } from './wire/feed.ts';
import type { WireFormat } from './wire/wire.ts';

export type WrittenFile = { readonly format: WireFormat; readonly path: string; readonly records: number };

const names: Readonly<Record<WireFormat, string>> = {
  'x-v2': 'x.ndjson',
  jetstream: 'bluesky.ndjson',
  'mastodon-sse': 'mastodon.sse',
  pushshift: 'reddit.ndjson',
  discourse: 'discourse.ndjson',
  rss: 'feed.rss',
};
const blockSize = 1 << 20;

type Open = {
  readonly path: string;
  readonly handle: FileHandle;
  parts: Buffer[];
  size: number;
  records: number;
};

/** What a file needs of a record; records that were broken on their way are bytes. */
export type Writable = { readonly format: WireFormat; readonly bytes: string | Uint8Array };

/**
 * Writes records into one file per format under `folder`, as their platforms would deliver them: lines,
 * events, one document of a feed. Constant memory; with `gzip`, blocks of 1 MiB each packed by itself.
 */
export async function writeFiles(
  chunks: Iterable<Writable>,
  folder: string,
  options: { readonly gzip?: boolean } = {},
): Promise<WrittenFile[]> {
  await mkdir(folder, { recursive: true });
  const files = new Map<WireFormat, Open>();
  const flush = async (file: Open): Promise<void> => {
    const block = Buffer.concat(file.parts);
    file.parts = [];
    file.size = 0;
    await file.handle.appendFile(options.gzip ? gzipSync(block, { level: 1 }) : block);
  };
  try {
    for (const { format, bytes } of chunks) {
      let file = files.get(format);
      if (!file) {
        const path = join(folder, names[format] + (options.gzip ? '.gz' : ''));
        file = { path, handle: await open(path, 'w'), parts: [], size: 0, records: 0 };
        if (format === 'rss') file.parts.push(Buffer.from(feedHead));
        files.set(format, file);
      }
      const data =
        typeof bytes === 'string'
          ? Buffer.from(bytes)
          : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      file.parts.push(data);
      file.size += bytes.length;
      file.records++;
      if (file.size >= blockSize) await flush(file);
    }
    files.get('rss')?.parts.push(Buffer.from(feedTail));
    for (const file of files.values()) await flush(file);
  } finally {
    for (const { handle } of files.values()) await handle.close();
  }
  return [...files].map(([format, { path, records }]) => ({ format, path, records }));
}
