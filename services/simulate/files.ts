import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { WireChunk } from './event.ts';
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
  parts: string[];
  size: number;
  records: number;
};

/**
 * Writes records into one file per format under `folder`, as their platforms would deliver them: lines,
 * events, one document of a feed. Constant memory; with `gzip`, blocks of 1 MiB each packed by itself.
 */
export async function writeFiles(
  chunks: Iterable<WireChunk>,
  folder: string,
  options: { readonly gzip?: boolean } = {},
): Promise<WrittenFile[]> {
  await mkdir(folder, { recursive: true });
  const files = new Map<WireFormat, Open>();
  const flush = async (file: Open): Promise<void> => {
    const block = Buffer.from(file.parts.join(''));
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
        if (format === 'rss') file.parts.push(feedHead);
        files.set(format, file);
      }
      file.parts.push(bytes);
      file.size += bytes.length;
      file.records++;
      if (file.size >= blockSize) await flush(file);
    }
    files.get('rss')?.parts.push(feedTail);
    for (const file of files.values()) await flush(file);
  } finally {
    for (const { handle } of files.values()) await handle.close();
  }
  return [...files].map(([format, { path, records }]) => ({ format, path, records }));
}
