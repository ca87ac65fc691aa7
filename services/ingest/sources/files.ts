import { glob } from 'node:fs/promises';
import { z } from 'zod';
import { sourceName } from '../../../schemas/common.ts';
import { VigilError } from '../../shared/errors.ts';
import type { Source } from '../source.ts';
import type { SourceDeps } from './deps.ts';
import { type FileOptions, openFile } from './files/file-source.ts';
import { isMissing } from './files/read.ts';
import { type FormatName, formats } from './formats/index.ts';

export const formatNames = ['auto', ...(Object.keys(formats) as FormatName[])] as const;

export const filesConfig = z.strictObject({
  name: sourceName.describe('name of the source; the first part of its posts’ ids'),
  driver: z.literal('files'),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe('files, or patterns such as dumps/*.zst; read one after the other in alphabetical order'),
  format: z
    .enum(formatNames)
    .default('auto')
    .describe('shape of the messages; auto tells every message by its keys; a time without a zone is UTC'),
  follow: z
    .boolean()
    .default(false)
    .describe(
      'go on waiting for new lines and new files instead of ending at the last one; a missing file is waited for, too',
    ),
  pollSeconds: z.number().min(0.05).default(1).describe('pause between two looks at files that are followed'),
  maxUnpackRatio: z
    .number()
    .min(10)
    .default(1000)
    .describe('unpacked size per packed size beyond which an archive is taken for a bomb'),
});
export type FilesConfig = z.infer<typeof filesConfig>;

/** Files that a pattern stands for; a name without a pattern stands for itself, there or not. */
async function filesOf(path: string): Promise<string[]> {
  if (!/[*?{[]/.test(path)) return [path];
  const found: string[] = [];
  for await (const file of glob(path)) found.push(file);
  return found;
}

/** The file as a source; undefined for a followed one that is missing. */
async function openIfThere(options: FileOptions): Promise<Source | undefined> {
  try {
    return await openFile(options);
  } catch (error) {
    if (!options.follow || !isMissing(error)) throw error;
    options.onMissing?.(options.path);
    return undefined;
  }
}

/**
 * A source for each file, in the order in which they are read.
 * @param name null names the posts after their platform.
 * @throws VigilError `INGEST_FILE` where nothing is there to read and nothing is followed.
 */
export async function createFileSources(
  config: Omit<FilesConfig, 'driver' | 'name' | 'pollSeconds'> & { readonly name: string | null },
  deps: SourceDeps,
): Promise<Source[]> {
  const lists = await Promise.all(config.paths.map(filesOf));
  const paths = [...new Set(lists.flat())].sort();
  if (paths.length === 0 && !config.follow) {
    throw new VigilError(
      'INGEST_FILE',
      `no file matches ${config.paths.join(', ')}: correct the paths of the source`,
    );
  }
  const sources = await Promise.all(
    paths.map((path) =>
      openIfThere({
        name: config.name,
        path,
        format: config.format === 'auto' ? undefined : formats[config.format],
        batchRecords: deps.batchRecords,
        maxRecordBytes: deps.maxRecordBytes,
        limits: { maxRatio: config.maxUnpackRatio },
        follow: config.follow,
        clock: deps.clock,
        ...(deps.onBytes ? { onBytes: deps.onBytes } : {}),
        ...(deps.onMissing ? { onMissing: deps.onMissing } : {}),
      }),
    ),
  );
  return sources.filter((source) => source !== undefined);
}
