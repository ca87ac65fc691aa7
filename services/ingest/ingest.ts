import type { Cursor } from '../../schemas/flow.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode, reasonOf } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { retry } from '../shared/retry.ts';
import type { BatchDeps } from './batch.ts';
import type { IngestConfig } from './config.ts';
import { addCounts, type Counts, createCounts } from './counts.ts';
import { openDuplicateIndex } from './dedupe.ts';
import { ingestSource, type Parts, settleIndex, standAgain, type Standing } from './ingest-source.ts';
import { createPseudonyms } from './pseudonym.ts';
import { createFileSources } from './sources/files.ts';
import { createSources, type SourceConfig } from './sources/index.ts';
import type { SourceDeps } from './sources/deps.ts';
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

type StageParts = Parts & Pick<IngestDeps, 'demo'>;

function partsOf(config: IngestConfig, deps: IngestDeps): StageParts {
  const index = openDuplicateIndex(deps.indexFile);
  const batchDeps: BatchDeps = {
    pseudonyms: createPseudonyms(deps.key),
    index,
    limits: { maxTextLength: config.maxTextLength },
    languages: config.languages.length > 0 ? new Set(config.languages) : undefined,
  };
  return { ...deps, index, batchDeps };
}

/** Reads everything that a configured source holds now. */
async function ingestConfigured(
  config: SourceConfig,
  sourceDeps: SourceDeps,
  standing: Standing,
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  for (const opened of await createSources(config, sourceDeps)) {
    await using source = opened;
    if (!signal.aborted) await ingestSource(source, standing, parts, signal);
  }
}

/** Tells of a followed file that is missing at one look after the other once. */
function createMissing(source: string, logger: Logger) {
  let before = new Set<string>();
  let missing = new Set<string>();
  return {
    /** A look begins. */
    look(): void {
      [before, missing] = [missing, new Set()];
    },
    onMissing(path: string): void {
      if (!before.has(path)) logger.warn({ source, path }, 'followed file is missing, waiting for it');
      missing.add(path);
    },
  };
}

/** Reads a configured source, again and again where it is followed, and from the log's cursor after a failure. */
async function runSource(
  source: SourceConfig,
  config: IngestConfig,
  cursors: Map<string, Cursor>,
  parts: StageParts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, demo } = parts;
  const pollMs = source.driver === 'files' && source.follow ? source.pollSeconds * 1000 : undefined;
  const missing = createMissing(source.name, logger);
  const sourceDeps: SourceDeps = {
    clock,
    batchRecords: config.batchRecords,
    maxRecordBytes: config.maxRecordBytes,
    onMissing: missing.onMissing,
    ...(demo ? { demo } : {}),
  };
  let standing: Standing = { cursors, unsure: new Set() };
  let failed = false;
  const look = async (): Promise<void> => {
    if (failed) standing = await standAgain(standing.unsure, parts, signal);
    failed = false;
    missing.look();
    await ingestConfigured(source, sourceDeps, standing, parts, signal);
  };
  const onFailure = (error: unknown, pauseMs: number): void => {
    failed = true;
    warnAgain('source failed, trying again', { source: source.name }, error, pauseMs, logger);
  };
  logger.info({ source: source.name }, 'source started');
  for (;;) {
    await retry(look, { clock, signal, onFailure });
    if (pollMs === undefined || signal.aborted) break;
    await clock.sleep(pollMs, signal);
  }
  logger.info({ source: source.name }, 'source ended');
}

function warnAgain(message: string, fields: object, error: unknown, pauseMs: number, logger: Logger): void {
  const why = { code: errorCode(error), reason: reasonOf(error), pauseMs: Math.round(pauseMs) };
  logger.warn({ ...fields, ...why }, message);
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
  const settled = retry(() => settleIndex(parts, ended), {
    clock,
    signal: ended,
    onFailure: (error, pauseMs) =>
      warnAgain(
        'cannot compare the index of accepted posts with the log, trying again',
        {},
        error,
        pauseMs,
        logger,
      ),
  });
  const runs = config.sources.map(async (source) => {
    try {
      await runSource(source, config, await settled, parts, ended);
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled([settled, ...runs]);
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
  const standing = { cursors: await settleIndex(parts, signal), unsure: new Set<string>() };
  const counts = createCounts();
  for (const opened of sources) {
    await using source = opened;
    if (signal.aborted) break;
    addCounts(counts, await ingestSource(source, standing, parts, signal));
  }
  return counts;
}
