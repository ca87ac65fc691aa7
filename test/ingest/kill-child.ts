import { topics } from '../../schemas/topics.ts';
import { ingestFiles } from '../../services/ingest/ingest.ts';
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';
import { defaults, key } from './world.ts';

/** Reads one file into the log of a folder; the parent kills it at some moment. */
const [, , file = '', folder = ''] = process.argv;
await using log = await createSqliteLog(logSettings({ partitions: 1 }), {
  clock: systemClock,
  logger: silentLogger,
  dataDir: folder,
});
await log.createTopics(topics);
process.stdout.write('ready\n');
await ingestFiles(
  [file],
  { ...defaults, batchRecords: 20 },
  {
    log,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
    key,
    indexFile: `${folder}/ingest.sqlite`,
  },
  new AbortController().signal,
);
process.stdout.write('done\n');
