import type { Cursor } from '../../schemas/flow.ts';
import type { Log, Outgoing } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { type BatchDeps, prepareBatch, type Prepared } from './batch.ts';
import { addCounts, type Counts, createCounts } from './counts.ts';
import { readCursors } from './cursors.ts';
import type { DuplicateIndex } from './dedupe.ts';
import type { Source } from './source.ts';

/** What the reading of a source needs. */
export type Parts = {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly index: DuplicateIndex;
  readonly batchDeps: BatchDeps;
};

/** Where readers stand in the log; reading keeps it true. */
export type Standing = {
  readonly cursors: Map<string, Cursor>;
  /** Readers whose last append failed, so that only the log knows whether it happened. */
  readonly unsure: Set<string>;
};

const indexWarnings = {
  older: 'the index of accepted posts is older than the log: duplicates of older posts are possible',
  foreign: 'the index of accepted posts belongs to another log: it begins anew',
} as const;

const encoder = new TextEncoder();

const cursorOutput = (cursor: Cursor): Outgoing => ({
  topic: 'cursors',
  entries: [{ key: cursor.source, value: encoder.encode(JSON.stringify(cursor)) }],
});

function warnOf(state: ReturnType<DuplicateIndex['resume']>, fields: object, { logger }: Parts): void {
  if (state !== 'agrees') logger.warn(fields, indexWarnings[state]);
}

/**
 * Asks the log where all readers stand, and takes out of the index what never reached the log and what nobody
 * appends any more: its posts may come again by another path.
 */
export async function settleIndex(parts: Parts, signal: AbortSignal): Promise<Map<string, Cursor>> {
  const { index, log } = parts;
  // Before the log is asked, so that what other processes append meanwhile is not taken for missing.
  const left = index.unattended();
  const cursors = await readCursors(log, signal);
  if (signal.aborted) return cursors; // perhaps not all of them
  for (const last of left) {
    const state = index.settle(last, cursors.get(last.reader)?.batch ?? 0);
    warnOf(state, { batch: last.batch }, parts);
    if (state === 'foreign') break;
  }
  return cursors;
}

/** Asks the log again after failures, and puts the readers whose last append is unsure back to its answer. */
export async function standAgain(unsure: Set<string>, parts: Parts, signal: AbortSignal): Promise<Standing> {
  const cursors = await readCursors(parts.log, signal);
  if (signal.aborted) return { cursors, unsure };
  for (const reader of unsure) {
    const batch = cursors.get(reader)?.batch ?? 0;
    warnOf(parts.index.resume(reader, batch), { batch }, parts);
  }
  return { cursors, unsure: new Set() };
}

/**
 * Reads a source from where the log says that it stands to its end: every batch is prepared, recorded in
 * the index of accepted posts, and appended together with the cursor behind it, in one atomic step. After
 * a crash at any point the log's cursor tells which batches are there, and the index is put back to it.
 */
export async function ingestSource(
  source: Source,
  { cursors, unsure }: Standing,
  parts: Parts,
  signal: AbortSignal,
): Promise<Counts> {
  const { log, clock, index } = parts;
  const counts = createCounts();
  const reader = source.cursorKey;
  const saved = cursors.get(reader);
  let batch = saved?.batch ?? 0;
  warnOf(index.resume(reader, batch), { source: source.name, batch }, parts);
  for await (const { records, cursor } of source.read(saved?.cursor, signal)) {
    batch++;
    const now = clock.now();
    const prepared = prepareRecorded(reader, batch, () => prepareBatch(records, now, parts.batchDeps), index);
    const reached: Cursor = { v: 1, source: reader, cursor, batch, at: now };
    unsure.add(reader);
    await log.append([...prepared.outputs, cursorOutput(reached)]);
    unsure.delete(reader);
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
