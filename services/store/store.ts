import type { Log, LogBatch, Outgoing, Position } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode, reasonOf, VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { retry } from '../shared/retry.ts';
import { createCollector, type Batch, type Edge } from './collector.ts';
import type { StoreConfig } from './config.ts';
import type { Database } from './database.ts';
import { deadLetterOutputs } from './dead-letters.ts';
import { isStored, storedTopics } from './decode.ts';
import { insertBatch, type Refusal } from './insert.ts';
import { databaseName } from './migrations.ts';
import { createPuller } from './puller.ts';
import { batchBegunAt, deleteEpoch, type BatchEnd } from './queries/batches.ts';
import { columnsOfTable, type ColumnOfTable } from './queries/schema.ts';
import { taskColumns } from './rows.ts';

export const storeGroup = 'store';

export type StoreDeps = {
  readonly log: Log;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ends the stage: what is collected is inserted and committed, and the promise resolves. */
  readonly signal: AbortSignal;
};

/** Waits as long as it takes while the database is away, overloaded or full; says so once, and when it is over. */
function persistence({ clock, signal, logger, metrics }: StoreDeps) {
  let down: string | undefined;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await retry(work, {
      clock,
      signal,
      maxMs: 5000,
      onFailure(error) {
        metrics.databaseDown.set(1);
        const code = errorCode(error);
        if (code === down) return;
        down = code;
        logger.warn(
          { code, reason: reasonOf(error) },
          'inserts wait for the database; nothing is lost meanwhile',
        );
      },
    });
    if (down !== undefined) logger.info('the database takes rows again');
    down = undefined;
    metrics.databaseDown.set(0);
    return result;
  };
}

/** @throws VigilError `DATABASE_BROKEN` when the tables are not those of this version. */
async function checkTables(database: Database): Promise<void> {
  const columns = await database.query<ColumnOfTable>(columnsOfTable, { params: { table: 'analyses' } });
  const names = new Set(columns.map(({ name }) => name));
  const missing = taskColumns.filter((task) => !names.has(task) || !names.has(`${task}_p`));
  if (missing.length === 0) return;
  const what = names.size === 0 ? 'the tables are missing' : `no column for ${missing.join(', ')}`;
  throw new VigilError('DATABASE_BROKEN', `${what}: run "vigilstream migrate"`);
}

/**
 * The stage from the log to the tables. A batch is announced in the table `batches`, inserted under a token
 * made of its bounds, and then its offsets are committed, so that a batch that was cut off anywhere is
 * repeated with the same bounds and changes nothing where it had succeeded. One batch is inserted while the
 * next is collected. Resolves when the signal has ended and what was collected is committed.
 * @throws VigilError `DATABASE_BROKEN` when tables or rights are missing.
 */
export async function runStore(config: StoreConfig, deps: StoreDeps): Promise<void> {
  const { log, database, clock, logger, metrics, signal } = deps;
  const persist = persistence(deps);
  await persist(() => checkTables(database));
  const [newest] = await persist(() => database.query<{ epoch: number }>(deleteEpoch));
  const epoch = newest?.epoch ?? 0;
  const collector = createCollector(config.batch, () => clock.monotonic());
  await using consumer = await log.consumer({
    group: storeGroup,
    topics: storedTopics,
    signal,
    maxRecords: Math.min(5000, config.batch.rows),
    maxBytes: Math.min(8_388_608, config.batch.bytes),
  });
  logger.info({ driver: database.driver, epoch }, 'storing');

  async function announce(batches: readonly Batch[]): Promise<void> {
    const rows = batches.map(({ topic, partition, items }) => ({
      topic,
      partition,
      min_offset: items[0]?.record.offset,
      max_offset: items.at(-1)?.record.offset,
      epoch,
      first_time: items[0]?.record.time,
      rows: items.length,
      at: clock.now(),
    }));
    await persist(() => database.insert(`${databaseName}.batches`, rows, { token: '' }));
  }

  function letterable({ item, reason, detail }: Refusal): boolean {
    metrics.deadLettered.inc({ stage: 'store', reason });
    // A dead letter that cannot be stored makes no other, which would fail in the same way.
    if (item.record.topic !== 'dead-letters') return true;
    logger.error(
      { offset: item.record.offset, reason, detail },
      'a dead letter cannot be stored; it stays in the log',
    );
    return false;
  }

  /** Waits for a log that is away or full; a partition that has moved is another matter and no waiting helps. */
  async function commit(outputs: readonly Outgoing[], positions: readonly Position[]): Promise<void> {
    const lost = await retry(
      () =>
        consumer.appendAndCommit(outputs, positions).catch((error: unknown) => {
          if (errorCode(error) === 'LOG_PARTITION_LOST') return error;
          throw error;
        }),
      {
        clock,
        signal,
        maxMs: 5000,
        onFailure: (error) =>
          logger.warn(
            { code: errorCode(error), reason: reasonOf(error) },
            'the log does not take the commit yet',
          ),
      },
    );
    if (lost !== undefined) throw lost;
  }

  async function flush(batches: readonly Batch[]): Promise<void> {
    await announce(batches);
    const refusals: Refusal[] = [];
    for (const batch of batches) refusals.push(...(await insertBatch(batch, epoch, { ...deps, persist })));
    const positions: Position[] = batches.map(({ topic, partition, items }) => ({
      topic,
      partition,
      offset: (items.at(-1)?.record.offset ?? -1) + 1,
    }));
    const letters = refusals.filter(letterable);
    await commit(deadLetterOutputs(letters, clock.now()), positions);
    for (const { topic, partition, items } of batches) {
      collector.committed(topic, partition, (items.at(-1)?.record.offset ?? -1) + 1);
    }
    count(batches, refusals.length);
  }

  function count(batches: readonly Batch[], refused: number): void {
    const now = clock.now();
    let posts = 0;
    for (const { topic, items } of batches) {
      if (topic !== 'analyses') continue;
      posts += items.length;
      for (const { decoded } of items) {
        if ('seenAt' in decoded && decoded.seenAt !== undefined) {
          metrics.endToEnd.observe(Math.max(0, now - decoded.seenAt) / 1000);
        }
      }
    }
    metrics.processed.inc({ stage: 'store' }, posts);
    if (refused > 0) logger.warn({ refused }, 'records that could not be stored went to the dead letters');
  }

  /** After a partition has moved: forgets what is not committed and reads it again where it is still ours. */
  async function startOver(batches: readonly Batch[]): Promise<void> {
    const taken = batches.flatMap(({ topic, partition, items }): Edge[] => {
      const first = items[0]?.record;
      return first ? [{ topic, partition, first }] : [];
    });
    const left = collector.clear();
    const edges = new Map([...left, ...taken].map((edge) => [`${edge.topic}/${edge.partition}`, edge]));
    logger.info({ partitions: [...edges.keys()] }, 'partitions have moved; uncommitted work is done again');
    for (const { topic, partition, first } of edges.values()) {
      await consumer.seek({ topic, partition, offset: first.offset }).catch((error: unknown) => {
        if (errorCode(error) !== 'LOG_PARTITION_LOST') throw error;
      });
    }
  }

  async function learn(): Promise<void> {
    for (const edge of collector.unknown()) {
      const { topic, partition, first } = edge;
      const params = { topic, partition, offset: first.offset, time: first.time };
      const [begun] = await persist(() => database.query<BatchEnd>(batchBegunAt, { params }));
      collector.settle(edge, begun?.maxOffset);
    }
  }

  const puller = createPuller<LogBatch>(consumer, clock);
  let flushing: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      const step = await puller.next(collector.dueIn(), flushing);
      if (step.kind === 'item' && isStored(step.item.topic)) collector.add(step.item.topic, step.item);
      if (step.kind !== 'end' && collector.dueIn() !== 0) continue;
      await flushing;
      await learn();
      const batches = collector.take();
      if (batches.length > 0) {
        flushing = flush(batches).catch((error: unknown) => {
          if (errorCode(error) === 'LOG_PARTITION_LOST') return startOver(batches);
          throw error;
        });
      }
      if (step.kind === 'end') break;
    }
    await flushing;
  } catch (error) {
    const passes = error instanceof VigilError && error.canRetry;
    if (!signal.aborted || !passes) throw error;
    logger.warn({ code: error.code }, 'stopped before the last batch was stored; the next start repeats it');
  }
}
