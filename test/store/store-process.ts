/** The store stage as a process of its own, to be killed: `node store-process.ts <data folder>`. */
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { migrate } from '../../services/store/migrate.ts';
import { runStore } from '../../services/store/store.ts';
import { durableLog } from './kill-world.ts';
import { clock, quiet, settings } from './world.ts';

const dataDir = process.argv[2] ?? '';
const config = settings({ batch: { rows: 200, seconds: 0.01 } });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const log = await createSqliteLog(durableLog, { clock, logger: quiet, dataDir });
const database = await openDatabase(config, { dataDir });
await migrate(database, config, { logger: quiet, clock });
process.stdout.write('storing\n');
await runStore(config, {
  log,
  database,
  clock,
  logger: quiet,
  metrics: createMetrics(),
  signal: stop.signal,
});
await database[Symbol.asyncDispose]();
await log[Symbol.asyncDispose]();
