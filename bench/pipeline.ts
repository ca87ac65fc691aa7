/**
 * From files to tables in one process on the embedded log and store: ordinary chatter with the natural share
 * of product names, posts that all go through the model against the bare ONNX session, start-up to the first
 * row, memory, and the cost per post as the backlog grows. BENCH_BACKLOG sets the largest backlog (posts).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFiles } from '../services/simulate/files.ts';
import { createWorld } from '../services/simulate/world.ts';
import type { WireChunk } from '../services/simulate/event.ts';

type Run = {
  posts: number;
  analysed: number;
  seconds: number;
  loadSeconds: number;
  firstRowSeconds: number;
  cpuSeconds: number;
  maxResidentMB: number;
  p99LagUpTo: number | string;
  bareSeconds?: number;
};

const folder = mkdtempSync(join(tmpdir(), 'bench-pipeline-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits));
const largest = Number(process.env['BENCH_BACKLOG'] ?? 1_000_000);
let runs = 0;

function run(settings: Record<string, unknown>, ...more: string[]): Run {
  const dataDir = settings['dataDir'] ?? join(folder, `data-${runs++}`);
  const all = { dataDir, 'privacy.keyFile': join(folder, 'key', 'author.key'), ...settings };
  const flags = ['--disable-warning=ExperimentalWarning'];
  const out = execFileSync(
    process.execPath,
    [...flags, join(import.meta.dirname, 'pipeline', 'run-once.ts'), JSON.stringify(all), ...more],
    {
      encoding: 'utf8',
      cwd: folder,
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Run;
}

function* first(chunks: Iterable<WireChunk>, count: number): Generator<WireChunk> {
  let taken = 0;
  for (const chunk of chunks) {
    if (taken++ >= count) return;
    yield chunk;
  }
}

async function chatter(count: number): Promise<string[]> {
  const world = createWorld({
    seed: 7,
    start: new Date('2026-01-01T00:00:00Z'),
    days: 30,
    postsPerDay: Math.ceil(count / 25),
    profile: 'natural',
  });
  const files = await writeFiles(first(world.history(), count), join(folder, `chatter-${count}`));
  return files.map(({ path }) => path);
}

const sourceOf = (paths: readonly string[]) => [{ name: 'bench', driver: 'files', paths }];
const results: Record<string, unknown> = {};

say('== ordinary chatter, file → log → gate → table');
const rows: Record<string, unknown>[] = [];
const warm = join(folder, 'cache-maker');
run({ dataDir: warm, 'ingest.sources': sourceOf(await chatter(1000)) });
for (const backlog of [10_000, 100_000, 1_000_000].filter((size) => size <= largest)) {
  const measured = run({ 'ingest.sources': sourceOf(await chatter(backlog)) });
  rows.push({
    backlog,
    posts: measured.posts,
    'analysed %': rounded((100 * measured.analysed) / measured.posts, 2),
    'posts/s': rounded(measured.posts / measured.seconds),
    'CPU µs/post': rounded((measured.cpuSeconds * 1e6) / measured.posts),
    'resident MB': rounded(measured.maxResidentMB),
  });
  console.table(rows.slice(-1));
}
results['chatter'] = rows;

say('== start-up to the first row in the store, and memory');
const small = sourceOf(await chatter(1000));
const dataDir = join(folder, 'startup');
const cold = run({ dataDir, 'ingest.sources': small });
const again = [1, 2, 3].map((round) =>
  run({ dataDir, 'ingest.sources': [{ ...small[0], name: `again${round}` }] }),
);
const warmSeconds = again.map(({ firstRowSeconds }) => firstRowSeconds).toSorted((a, b) => a - b)[1] ?? NaN;
results['startup'] = {
  coldSeconds: rounded(cold.firstRowSeconds, 2),
  warmSeconds: rounded(warmSeconds, 2),
  residentMB: rounded(again[0]?.maxResidentMB ?? 0),
};
console.table([results['startup']]);

say('== every post through the model: the whole way against the bare ONNX session on the same batches');
const corpus = ['plain', 'vivid'].flatMap((name) =>
  readFileSync(join(import.meta.dirname, `../training/corpus/${name}.ndjson`), 'utf8')
    .trim()
    .split('\n'),
);
const lines = [0, 1, 2].flatMap((round) =>
  corpus.map((line, i) =>
    JSON.stringify({
      id: `${round}-${i}`,
      author: `a${i}`,
      text: (JSON.parse(line) as { text: string }).text,
    }),
  ),
);
const file = join(folder, 'all.ndjson');
writeFileSync(file, `${lines.join('\n')}\n`);
const settings = {
  'ingest.sources': sourceOf([file]),
  'infer.gate.enabled': false,
  'infer.maxLatencyMs': 1000,
};
const measured = [1, 2, 3].map(() => run(settings, 'bare'));
const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[1] ?? NaN;
results['model'] = {
  posts: measured[0]?.posts,
  'whole way posts/s': rounded(middle(measured.map(({ posts, seconds }) => posts / seconds))),
  'bare session posts/s': rounded(
    middle(measured.map(({ posts, bareSeconds }) => posts / (bareSeconds ?? NaN))),
  ),
  ratio: rounded(middle(measured.map(({ seconds, bareSeconds }) => (bareSeconds ?? NaN) / seconds)), 2),
};
console.table([results['model']]);

mkdirSync(join(import.meta.dirname, 'results'), { recursive: true });
writeFileSync(join(import.meta.dirname, 'results', 'pipeline.json'), `${JSON.stringify(results, null, 2)}\n`);
rmSync(folder, { recursive: true, force: true });
