/**
 * What storing costs: from records in the log to committed rows, with the natural share of refused posts
 * (nine of ten) and with none, and one large insert in every format that the embedded engine takes.
 *
 * The stage inserts JSONEachRow in the statement. A ready binary file is read four times as fast, but it has
 * to be written first, by an encoder of our own for every type of every table; all in all that would spare 5
 * of some 50 microseconds of a post (the rest is merging, compressing and syncing, the same for every
 * format), and a server would not take it. The table shows what such an encoder would have to beat.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '../schemas/topics.ts';
import { lagOf } from '../services/log/log.ts';
import { createMemoryLog } from '../services/log/logs/memory.ts';
import { systemClock as clock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';
import { storeConfig } from '../services/store/config.ts';
import { chdbDatabase } from '../services/store/databases/chdb/chdb.ts';
import { openEngine } from '../services/store/databases/chdb/engine.ts';
import { encodeRows } from '../services/store/databases/rows.ts';
import { migrate } from '../services/store/migrate.ts';
import { analysedPostRows } from '../services/store/rows.ts';
import { runStore, storeGroup } from '../services/store/store.ts';
import { analysedEntries, analysedSample } from '../test/store/samples.ts';
import { writeResult } from './shared/result.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
const dataDir = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
const engine = await openEngine({ path: join(dataDir, 'store') });
const database = chdbDatabase(engine);
const config = storeConfig.parse({});
await migrate(database, config, { logger, clock });
const results: Record<string, unknown>[] = [];

async function stage(name: string, posts: number, answeredShare: number): Promise<void> {
  const log = createMemoryLog({ partitions: 4, maxRecordBytes: 2_097_152 }, { clock });
  await log.createTopics(topics);
  const answered = Math.round(1000 * answeredShare);
  for (let from = 0; from < posts; from += 1000) {
    const entries = [
      ...analysedEntries(from, from + answered),
      ...analysedEntries(from + answered, from + 1000, { refused: true }),
    ];
    await log.append([{ topic: 'analyses', entries }]);
  }
  const stop = new AbortController();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const metrics = createMetrics();
  const running = runStore(config, { log, database, clock, logger, metrics, signal: stop.signal });
  for (;;) {
    const lag = await lagOf(log, storeGroup, ['analyses']);
    if (lag.every((one) => one.lag === 0)) break;
    await clock.sleep(20);
  }
  const seconds = (performance.now() - began) / 1000;
  stop.abort();
  await running;
  const used = process.cpuUsage(cpu);
  results.push({
    what: name,
    posts,
    'posts/s': Math.round(posts / seconds),
    'CPU µs/post': Math.round((used.user + used.system) / posts),
    'memory MB': Math.round(process.memoryUsage().rss / 1e6),
  });
}

async function formats(posts: number): Promise<void> {
  const rows = Array.from({ length: posts }, (_, n) => analysedPostRows(analysedSample(n)))
    .flat()
    .filter(([table]) => table === 'posts')
    .map(([, row]) => row);
  const files = join(engine.path, 'files');
  mkdirSync(files, { recursive: true });
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    await database.command('TRUNCATE TABLE vigilstream.posts');
    const cpu = process.cpuUsage();
    const began = performance.now();
    await work();
    const seconds = (performance.now() - began) / 1000;
    const used = process.cpuUsage(cpu);
    const [count] = await database.query<{ n: number }>('SELECT count() AS n FROM vigilstream.posts');
    if (count?.n !== posts) throw new Error(`${name}: ${count?.n} of ${posts} rows`);
    results.push({
      what: name,
      posts,
      'posts/s': Math.round(posts / seconds),
      'CPU µs/post': Math.round((used.user + used.system) / posts),
    });
  };
  await timed('one insert: rows to JSONEachRow to table', () =>
    database.insert('vigilstream.posts', rows, { token: 'bench-1' }),
  );
  await timed('one insert: rows to an NDJSON file to table', async () => {
    writeFileSync(join(files, 'rows.ndjson'), encodeRows('posts', rows));
    await database.command(
      `INSERT INTO vigilstream.posts SELECT * FROM file('${join(files, 'rows.ndjson')}', JSONEachRow)`,
    );
  });
  for (const [format, name] of [
    ['Parquet', 'rows.parquet'],
    ['Arrow', 'rows.arrow'],
    ['Native', 'rows.native'],
    ['TSV', 'rows.tsv'],
  ] as const) {
    await database.command(
      `INSERT INTO FUNCTION file('${join(files, name)}', ${format}) SELECT * FROM vigilstream.posts SETTINGS engine_file_truncate_on_insert = 1`,
    );
    const shape = await structure();
    await timed(`  table from a ready ${format} file`, () =>
      database.command(
        `INSERT INTO vigilstream.posts SELECT * FROM file('${join(files, name)}', ${format}, '${shape}')`,
      ),
    );
  }
}

let columns: string | undefined;
async function structure(): Promise<string> {
  if (columns !== undefined) return columns;
  const rows = await database.query<{ name: string; type: string }>(
    "SELECT name, type FROM system.columns WHERE database = 'vigilstream' AND table = 'posts' ORDER BY position",
  );
  columns = rows
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ')
    .replaceAll("'", "\\'");
  return columns;
}

await stage('log to tables, 1 of 10 posts answered', 60_000, 0.1);
await stage('log to tables, every post answered', 20_000, 1);
await formats(50_000);
console.table(results);
writeResult('store', results);
await database[Symbol.asyncDispose]();
rmSync(dataDir, { recursive: true, force: true });
