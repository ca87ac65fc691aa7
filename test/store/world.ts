import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { topics } from '../../schemas/topics.ts';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import type { Log } from '../../services/log/log.ts';
import { systemClock, type Clock } from '../../services/shared/clock.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { storeConfig } from '../../services/store/config.ts';
import type { Database } from '../../services/store/database.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { migrate } from '../../services/store/migrate.ts';
import { runStore, storeGroup } from '../../services/store/store.ts';
import { lagOf } from '../../services/log/log.ts';

export const clock = systemClock;
export const quiet = createLogger({ level: 'silent', format: 'json' });

export function settings(values: z.input<typeof storeConfig> = {}) {
  return storeConfig.parse({ ...values, batch: { seconds: 0.05, ...values.batch } });
}

export const newFolder = () => mkdtempSync(join(tmpdir(), 'vigil-store-'));

/** The embedded engine on a new folder, with all tables. One at a time in a process. */
export async function openWorld(dataDir = newFolder()): Promise<Database> {
  const config = settings();
  const database = await openDatabase(config, { dataDir });
  await migrate(database, config, { logger: quiet, clock });
  return database;
}

export async function newLog(partitions = 2): Promise<Log> {
  const log = createMemoryLog({ partitions, maxRecordBytes: 2_097_152 }, { clock });
  await log.createTopics(topics);
  return log;
}

const stored = ['analyses', 'deletions', 'drops', 'dead-letters', 'gaps'] as const;

/** Runs the stage until it has committed all that lies in the log, or until `until` says so. */
export async function storeAll(
  log: Log,
  database: Database,
  values: z.input<typeof storeConfig> = {},
  until?: () => boolean,
  time: Clock = clock,
) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const deps = { log, database, clock: time, logger: quiet, metrics, signal: stop.signal };
  const running = runStore(settings(values), deps);
  const finished = running.then(
    () => true,
    () => true,
  );
  for (;;) {
    const done = await Promise.race([finished, clock.sleep(20)]);
    if (done === true || until?.() === true) break;
    if (until) continue;
    const lag = await lagOf(log, storeGroup, stored);
    if (lag.every((one) => one.lag === 0)) break;
  }
  stop.abort();
  await running;
  return metrics;
}

export async function countOf(database: Database, what: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(`SELECT count() AS n FROM vigilstream.${what}`);
  return row?.n ?? -1;
}
