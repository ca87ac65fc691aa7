import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { topics } from '../schemas/topics.ts';
import { ingestConfig } from '../services/ingest/config.ts';
import { accountedFor } from '../services/ingest/counts.ts';
import { ingestFiles } from '../services/ingest/ingest.ts';
import { logConfig } from '../services/log/config.ts';
import { createMemoryLog } from '../services/log/logs/memory.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';

/**
 * Reads every file below a folder, each into an empty log of its own, and prints what became of its
 * records: `node scripts/account-streams.ts <folder>`. Exits 1 where the numbers do not add up.
 */
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node scripts/account-streams.ts <folder>\n');
  process.exit(2);
}

const reasons = (counts: Partial<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ') || '0';

const clock = systemClock;
const logger = createLogger({ level: 'error', format: 'json' });
const settings = ingestConfig.parse({});
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((file) => file.isFile())
  .map((file) => join(file.parentPath, file.name))
  .sort();

let wrong = 0;
process.stdout.write(
  '| file | read | accepted | dropped | dead-lettered | deletions | duplicates | adds up |\n',
);
process.stdout.write('|---|---|---|---|---|---|---|---|\n');
for (const file of files) {
  const work = await mkdtemp(join(tmpdir(), 'account-'));
  await using log = createMemoryLog(logConfig.parse({}), { clock });
  await log.createTopics(topics);
  const counts = await ingestFiles(
    [file],
    { ...settings, source: null, format: 'auto' },
    {
      log,
      clock,
      logger,
      metrics: createMetrics(),
      key: new Uint8Array(32),
      indexFile: join(work, 'ingest.sqlite'),
    },
    new AbortController().signal,
  );
  const posts = (await log.ranges(['posts'])).reduce((sum, range) => sum + range.next - range.first, 0);
  const holds = accountedFor(counts) === counts.read && posts === counts.accepted;
  if (!holds) wrong++;
  const { read, accepted, deletions, duplicates } = counts;
  process.stdout.write(
    `| ${relative(folder, file)} | ${read} | ${accepted} | ${reasons(counts.dropped)} | ${reasons(counts.deadLettered)} | ${deletions} | ${duplicates} | ${holds ? 'yes' : 'NO'} |\n`,
  );
  await rm(work, { recursive: true });
}
process.exitCode = wrong > 0 ? 1 : 0;
