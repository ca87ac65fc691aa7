import type { DeadLetterReason } from '../../schemas/flow.ts';
import type { Clock } from '../shared/clock.ts';
import { VigilError } from '../shared/errors.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Batch, Item } from './collector.ts';
import type { Database, Row } from './database.ts';
import { databaseName } from './migrations.ts';
import type { TableName } from './rows.ts';

/** In the order in which they are written: an edit is noted before the new text is there. */
const tables: readonly TableName[] = [
  'edits',
  'posts',
  'analyses',
  'deletions',
  'drops',
  'dead_letters',
  'gaps',
];

export type Refusal = { readonly item: Item; readonly reason: DeadLetterReason; readonly detail: string };

type Entry = { readonly item: Item; readonly row: Row };

export type InsertDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Runs a step again while it fails in a way that passes. */
  readonly persist: <T>(work: () => Promise<T>) => Promise<T>;
};

/**
 * Names a stretch of records: topic, partition, first and last offset and the delete epoch. The time of the
 * first record belongs to it because a log that is made anew begins at offset 0 again, and its first batches
 * must not be taken for repetitions.
 */
export function tokenOf(topic: string, partition: number, epoch: number, first: Item, last: Item): string {
  const { offset, time } = first.record;
  return `${topic}-${partition}-${offset}-${last.record.offset}-${epoch}-${time.toString(36)}`;
}

/**
 * Inserts the rows of a batch, each table in one step of its own and under a token of its own.
 * @returns the records that have no rows and those that the database refuses; the others are durable.
 */
export async function insertBatch(batch: Batch, epoch: number, deps: InsertDeps): Promise<Refusal[]> {
  const { database, clock, metrics, persist } = deps;
  const refusals: Refusal[] = [];
  const byTable = new Map<TableName, Entry[]>();
  for (const item of batch.items) {
    const { decoded } = item;
    if ('problem' in decoded) {
      refusals.push({ item, reason: decoded.problem, detail: decoded.detail });
      continue;
    }
    for (const [table, row] of decoded.rows) {
      const entries = byTable.get(table);
      if (entries) entries.push({ item, row });
      else byTable.set(table, [{ item, row }]);
    }
  }

  async function put(table: TableName, entries: readonly Entry[], first: Item, last: Item): Promise<Entry[]> {
    const began = clock.monotonic();
    const token = tokenOf(batch.topic, batch.partition, epoch, first, last);
    try {
      const rows = entries.map(({ row }) => row);
      await persist(() => database.insert(`${databaseName}.${table}`, rows, { token }));
    } catch (error) {
      if (!(error instanceof VigilError) || error.code !== 'DATABASE_REFUSED') throw error;
      if (entries.length === 1) return [...entries];
      const middle = entries.length >> 1;
      const halves = [entries.slice(0, middle), entries.slice(middle)];
      const refused: Entry[] = [];
      for (const half of halves) {
        const [from, to] = [half[0], half.at(-1)];
        if (from && to) refused.push(...(await put(table, half, from.item, to.item)));
      }
      return refused;
    }
    metrics.inserted.inc({ table }, entries.length);
    metrics.insertSeconds.observe({ table }, (clock.monotonic() - began) / 1000);
    return [];
  }

  const [first, last] = [batch.items[0], batch.items.at(-1)];
  if (!first || !last) return refusals;
  for (const table of tables) {
    const entries = byTable.get(table);
    if (!entries) continue;
    for (const { item } of await put(table, entries, first, last)) {
      refusals.push({ item, reason: 'database-refused', detail: `refused by the table ${table}` });
    }
  }
  return refusals;
}
