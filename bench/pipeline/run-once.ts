/**
 * One run of ingest, infer and store in this process, from files to tables; prints what it cost as one line
 * of JSON. Usage: run-once.ts SETTINGS_JSON MODE
 * - `once`: until the files are stored.
 * - `bare`: also runs the batches that the model was given again on a bare ONNX session in this process.
 * - `paced FROM TO RATE SECONDS`: while another process appends lines of FROM to the followed file TO.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createContext } from '../../services/context.ts';
import { loadConfig } from '../../services/config.ts';
import { runPipeline } from '../../services/pipeline.ts';
import { bareSession, keepBatches } from './bare.ts';
import { threadSeconds } from './threads.ts';

const [settingsJson = '{}', mode = 'once', ...feedOptions] = process.argv.slice(2);
const batches = mode === 'bare' ? keepBatches() : [];
const set = Object.entries(JSON.parse(settingsJson) as Record<string, unknown>).map(
  ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
);
const { settings } = loadConfig({ cwd: process.cwd(), env: {}, set });
const ended = new AbortController();
await using context = createContext(settings, { signal: ended.signal, logLevel: 'warn' });
// What is loaded once is not part of what a post costs.
await context.infer();
await context.migrate();
batches.length = 0;

/** Milliseconds from the moment that the record itself names to its row, in the order of the rows. */
const lags: number[] = [];
let firstRow = 0;
const database = await context.database();
const { insert } = database;
database.insert = async (table, rows, options) => {
  await insert(table, rows, options);
  if (!table.endsWith('.analyses')) return;
  firstRow ||= performance.now();
  if (mode === 'paced') for (const row of rows) lags.push(Date.now() - Number(row['created_at']));
};

/** Ends the run when the writer has ended and what it wrote is stored, or after half a minute more. */
async function feed(): Promise<void> {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'feed.ts'), ...feedOptions], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await once(writer, 'exit');
  const [, , rate = 0, seconds = 0] = feedOptions.map(Number);
  for (let i = 0; i < 60 && lags.length < rate * seconds * 0.999; i++) {
    const before = lags.length;
    await context.clock.sleep(3000);
    if (lags.length === before) break;
  }
  ended.abort();
}

const loaded = performance.now();
const loadedMB = process.memoryUsage.rss() / 2 ** 20;
const before = process.cpuUsage();
const threadsBefore = threadSeconds();
const pipeline = runPipeline(context, { stages: ['ingest', 'infer', 'store'], once: mode !== 'paced' });
await Promise.all([pipeline, ...(mode === 'paced' ? [feed()] : [])]);
const seconds = (performance.now() - loaded) / 1000;
const cpu = process.cpuUsage(before);
const threads = [...threadSeconds()].map(([name, spent]) => [name, spent - (threadsBefore.get(name) ?? 0)]);
const [row] = await database.query<{ posts: number; analysed: number }>(
  "SELECT count() AS posts, (SELECT count() FROM vigilstream.analyses WHERE gate != 'refused') AS analysed FROM vigilstream.posts",
);
const sorted = lags.toSorted((a, b) => a - b);
const lagAt = (share: number): number => (sorted[Math.floor(sorted.length * share)] ?? NaN) / 1000;
process.stdout.write(
  `${JSON.stringify({
    posts: row?.posts ?? 0,
    analysed: row?.analysed ?? 0,
    seconds,
    // The clock of a process begins with it, so what is imported and loaded is counted.
    loadSeconds: loaded / 1000,
    firstRowSeconds: firstRow / 1000,
    loadCpuSeconds: (before.user + before.system) / 1e6,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    threads: Object.fromEntries(threads),
    loadedMB,
    maxResidentMB: process.resourceUsage().maxRSS / 1024,
    ...(mode === 'paced' ? { lag: { p50: lagAt(0.5), p99: lagAt(0.99), max: lagAt(1 - 1e-9) } } : {}),
    ...(mode === 'bare' ? await bareSession(settings.infer, batches) : {}),
  })}\n`,
);
