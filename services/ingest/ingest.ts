import type { Cursor } from '../../schemas/flow.ts';
import type { Log, Outgoing } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode, reasonOf } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { retry } from '../shared/retry.ts';
import { type BatchDeps, prepareBatch, type Prepared } from './batch.ts';
import type { IngestConfig } from './config.ts';
import { addCounts, type Counts, createCounts } from './counts.ts';
import { readCursors } from './cursors.ts';
import { type DuplicateIndex, openDuplicateIndex } from './dedupe.ts';
import { createPseudonyms } from './pseudonym.ts';
import type { Source } from './source.ts';
import { createFileSources } from './sources/files.ts';
import { createSources, type SourceConfig } from './sources/index.ts';
import type { WireFeed } from './sources/wire.ts';

export type IngestDeps = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Key of the authors' pseudonyms, as `openKeyFile` gives it. */
  readonly key: Uint8Array;
  /** Where the index of accepted posts lies: `ingest.sqlite` in the data folder. */
  readonly indexFile: string;
  /** Messages for sources with the driver `demo`. */
  readonly demo?: WireFeed;
};

type Parts = IngestDeps & { readonly batchDeps: BatchDeps; readonly index: DuplicateIndex };

function partsOf(config: IngestConfig, deps: IngestDeps): Parts {
  const index = openDuplicateIndex(deps.indexFile);
  const batchDeps: BatchDeps = {
    pseudonyms: createPseudonyms(deps.key),
    index,
    limits: { maxTextLength: config.maxTextLength },
    languages: config.languages.length > 0 ? new Set(config.languages) : undefined,
  };
  return { ...deps, index, batchDeps };
}

const indexWarnings = {
  older: 'the index of accepted posts is older than the log: duplicates of older posts are possible',
  foreign: 'the index of accepted posts belongs to another log: it begins anew',
} as const;

const encoder = new TextEncoder();

const cursorOutput = (cursor: Cursor): Outgoing => ({
  topic: 'cursors',
  entries: [{ key: cursor.source, value: encoder.encode(JSON.stringify(cursor)) }],
});

/**
 * Reads a source from where the log says that it stands to its end: every batch is prepared, recorded in
 * the index of accepted posts, and appended together with the cursor behind it, in one atomic step. After
 * a crash at any point the log's cursor tells which batches are there, and the index is put back to it.
 */
async function ingestSource(
  source: Source,
  cursors: Map<string, Cursor>,
  parts: Parts,
  signal: AbortSignal,
): Promise<Counts> {
  const { log, clock, index, logger } = parts;
  const counts = createCounts();
  const reader = source.cursorKey;
  const saved = cursors.get(reader);
  let batch = saved?.batch ?? 0;
  const state = index.resume(reader, batch);
  if (state !== 'agrees') logger.warn({ source: source.name, batch }, indexWarnings[state]);
  for await (const { records, cursor } of source.read(saved?.cursor, signal)) {
    batch++;
    const now = clock.now();
    const prepared = prepareRecorded(reader, batch, () => prepareBatch(records, now, parts.batchDeps), index);
    const reached: Cursor = { v: 1, source: reader, cursor, batch, at: now };
    await log.append([...prepared.outputs, cursorOutput(reached)]);
    cursors.set(reader, reached);
    record(prepared, now, parts);
    addCounts(counts, prepared.counts);
  }
  return counts;
}

/** Runs the synchronous part of a batch inside one transaction of the index. */
function prepareRecorded(
  reader: string,
  batch: number,
  prepare: () => Prepared,
  index: DuplicateIndex,
): Prepared {
  index.begin();
  try {
    const prepared = prepare();
    index.commit(reader, batch);
    return prepared;
  } catch (error) {
    index.rollback();
    throw error;
  }
}

/** Counts what has been appended. */
function record({ bySource }: Prepared, now: number, { metrics }: Parts): void {
  for (const [source, counts] of bySource) {
    metrics.read.inc({ source }, counts.read);
    metrics.accepted.inc({ source }, counts.accepted);
    metrics.deletions.inc({ source }, counts.deletions);
    metrics.sourceLast.set({ source }, now / 1000);
    for (const [reason, count] of Object.entries(counts.dropped)) {
      metrics.dropped.inc({ stage: 'ingest', source, reason }, count);
    }
    if (counts.duplicates > 0) {
      metrics.dropped.inc({ stage: 'ingest', source, reason: 'duplicate' }, counts.duplicates);
    }
    for (const [reason, count] of Object.entries(counts.deadLettered)) {
      metrics.deadLettered.inc({ stage: 'ingest', reason }, count);
    }
  }
}

/** Reads everything that a configured source holds now. */
async function ingestConfigured(
  sourceConfig: SourceConfig,
  cursors: Map<string, Cursor>,
  config: IngestConfig,
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, demo } = parts;
  const sources = await createSources(sourceConfig, {
    clock,
    batchRecords: config.batchRecords,
    maxRecordBytes: config.maxRecordBytes,
    ...(demo ? { demo } : {}),
  });
  for (const opened of sources) {
    await using source = opened;
    if (!signal.aborted) await ingestSource(source, cursors, parts, signal);
  }
}

/**
 * The stage: all configured sources at once, each by itself started again after an error that a retry can
 * help, from where the log then says that it stands. Ends when every source has ended, or the signal.
 * @throws VigilError of the first source that cannot go on.
 */
export async function runIngest(config: IngestConfig, deps: IngestDeps, signal: AbortSignal): Promise<void> {
  const parts = partsOf(config, deps);
  using _index = parts.index;
  const { clock, logger } = deps;
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  const runs = config.sources.map(async (source) => {
    logger.info({ source: source.name }, 'source started');
    const pollMs = source.driver === 'files' && source.follow ? source.pollSeconds * 1000 : undefined;
    let cursors: Map<string, Cursor> | undefined;
    const once = async (): Promise<void> => {
      cursors ??= await readCursors(deps.log, ended);
      await ingestConfigured(source, cursors, config, parts, ended);
    };
    for (;;) {
      await retry(once, {
        clock,
        signal: ended,
        onFailure: (error, pauseMs) => {
          // Whether the last append happened only the log knows.
          cursors = undefined;
          logger.warn(
            {
              source: source.name,
              code: errorCode(error),
              reason: reasonOf(error),
              pauseMs: Math.round(pauseMs),
            },
            'source failed, trying again',
          );
        },
      });
      if (pollMs === undefined || ended.aborted) break;
      await clock.sleep(pollMs, ended);
    }
    logger.info({ source: source.name }, 'source ended');
  });
  const results = await Promise.allSettled(
    runs.map((run) =>
      run.catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure && !signal.aborted) throw failure.reason;
}

/** Settings of one run of `vigilstream ingest`. */
export type IngestFilesOptions = Pick<
  IngestConfig,
  'batchRecords' | 'maxRecordBytes' | 'maxTextLength' | 'languages'
> & {
  /** Name for the posts' ids; null takes the platform's name of each post. */
  readonly source: string | null;
  readonly format: Parameters<typeof createFileSources>[0]['format'];
  /** Told how many more bytes of the files (as they lie on the disk) have been read. */
  readonly onBytes?: (count: number) => void;
};

/**
 * Reads files once, from where an earlier run ended, and tells what became of every record.
 * @returns the counts of this run; `read` is the sum of all the others.
 * @throws VigilError `INGEST_FILE` when a file is missing or cannot be read.
 */
export async function ingestFiles(
  paths: readonly string[],
  options: IngestFilesOptions,
  deps: IngestDeps,
  signal: AbortSignal,
): Promise<Counts> {
  const parts = partsOf({ ...options, sources: [] }, deps);
  using _index = parts.index;
  const sources = await createFileSources(
    { name: options.source, paths: [...paths], format: options.format, follow: false, maxUnpackRatio: 1000 },
    {
      clock: deps.clock,
      batchRecords: options.batchRecords,
      maxRecordBytes: options.maxRecordBytes,
      ...(options.onBytes ? { onBytes: options.onBytes } : {}),
    },
  );
  const cursors = await readCursors(deps.log, signal);
  const counts = createCounts();
  for (const opened of sources) {
    await using source = opened;
    if (signal.aborted) break;
    addCounts(counts, await ingestSource(source, cursors, parts, signal));
  }
  return counts;
}
