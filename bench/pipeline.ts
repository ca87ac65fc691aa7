/**
 * From files to tables in one process on the embedded log and store: ordinary chatter with the natural share
 * of product names, the same as it is written at half the rate of X, start-up to the first row, memory, and
 * posts that all go through the model against the bare ONNX session. BENCH_BACKLOG sets the largest backlog
 * (posts), BENCH_RATE the rate of the writer (posts/s). Processor time is told beside the wall clock's,
 * because only it says what a post costs on a machine that does other things as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireChunk } from '../services/simulate/event.ts';
import { writeFiles } from '../services/simulate/files.ts';
import { createWorld } from '../services/simulate/world.ts';
import { median } from './shared/median.ts';
import { writeResult } from './shared/result.ts';

type Run = {
  posts: number;
  analysed: number;
  seconds: number;
  loadSeconds: number;
  firstRowSeconds: number;
  loadCpuSeconds: number;
  cpuSeconds: number;
  threads: Readonly<Record<string, number>>;
  loadedMB: number;
  maxResidentMB: number;
  lag?: Readonly<Record<'p50' | 'p99' | 'max', number>>;
  bareSeconds?: number;
  bareCpuSeconds?: number;
};

const folder = mkdtempSync(join(tmpdir(), 'bench-pipeline-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits));
const largest = Number(process.env['BENCH_BACKLOG'] ?? 1_000_000);
const rate = Number(process.env['BENCH_RATE'] ?? 3000);
const paceSeconds = 30;
let runs = 0;

/** Runs the pipeline in a process of its own, with the flags and the environment that the launcher gives it. */
function run(settings: Record<string, unknown>, ...mode: string[]): Run {
  const dataDir = settings['dataDir'] ?? join(folder, `data-${runs++}`);
  const own = { dataDir, 'privacy.keyFile': join(folder, 'key', 'author.key'), 'endpoint.port': 0 };
  const all = { ...own, ...settings };
  const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];
  const script = join(import.meta.dirname, 'pipeline', 'run-once.ts');
  const out = execFileSync(process.execPath, [...flags, script, JSON.stringify(all), ...mode], {
    encoding: 'utf8',
    cwd: folder,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2' },
  });
  return JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Run;
}

function* first(chunks: Iterable<WireChunk>, count: number): Generator<WireChunk> {
  let taken = 0;
  for (const chunk of chunks) {
    if (taken++ >= count) return;
    yield chunk;
  }
}

async function chatter(count: number) {
  const world = createWorld({
    seed: 7,
    start: new Date('2026-01-01T00:00:00Z'),
    days: 30,
    postsPerDay: Math.ceil(count / 25),
    profile: 'natural',
  });
  return writeFiles(first(world.history(), count), join(folder, `chatter-${count}`));
}

const pathsOf = (files: readonly { path: string }[]): string[] => files.map(({ path }) => path);
const sourceOf = (paths: readonly string[], more: object = {}) => [
  { name: 'bench', driver: 'files', paths, ...more },
];
const costOf = ({ posts, seconds, cpuSeconds, threads }: Run) => ({
  'posts/s': rounded(posts / seconds),
  'cores used': rounded(cpuSeconds / seconds, 2),
  'CPU µs/post': rounded((cpuSeconds * 1e6) / posts),
  'main thread µs/post': rounded(((threads['main'] ?? NaN) * 1e6) / posts),
  'posts/s by CPU on 2 cores': rounded((2 * posts) / cpuSeconds),
});

const results: Record<string, unknown> = {
  machine: { cores: cpus().length, processor: cpus()[0]?.model, 'load at the start': loadavg()[0] },
};
const few = sourceOf(pathsOf(await chatter(1000)));

say('== start-up to the first row in the store, and memory');
const dataDir = join(folder, 'startup');
const cold = run({ dataDir, 'ingest.sources': few });
const again = [1, 2, 3].map((round) =>
  run({ dataDir, 'ingest.sources': [{ ...few[0], name: `again${round}` }] }),
);
results['startup'] = {
  'cold s': rounded(cold.firstRowSeconds, 2),
  'warm s': rounded(median(again.map(({ firstRowSeconds }) => firstRowSeconds)), 2),
  'of which loading': rounded(median(again.map(({ loadSeconds }) => loadSeconds)), 2),
  'CPU s of loading': rounded(median(again.map(({ loadCpuSeconds }) => loadCpuSeconds)), 2),
  'resident MB, all loaded': rounded(median(again.map(({ loadedMB }) => loadedMB))),
};
console.table([results['startup']]);

say('== every post through the model: the whole way against the bare ONNX session on the same batches');
const corpus = ['plain', 'vivid'].flatMap((name) =>
  readFileSync(join(import.meta.dirname, `../training/corpus/${name}.ndjson`), 'utf8')
    .trim()
    .split('\n'),
);
// Long enough that the last second, in which the store waits for company, does not count for much.
const lines = [0, 1, 2].flatMap((round) =>
  corpus.map((line, i) => {
    const { text } = JSON.parse(line) as { text: string };
    return JSON.stringify({ id: `${round}-${i}`, author: `a${i}`, text });
  }),
);
const file = join(folder, 'all.ndjson');
writeFileSync(file, `${lines.join('\n')}\n`);
const all = { 'ingest.sources': sourceOf([file]), 'infer.gate.enabled': false };
const modelled = [1, 2, 3].map(() => run(all, 'bare'));
results['model'] = {
  posts: modelled[0]?.posts,
  'whole way posts/s': rounded(median(modelled.map(({ posts, seconds }) => posts / seconds))),
  'bare posts/s': rounded(median(modelled.map(({ posts, bareSeconds = NaN }) => posts / bareSeconds))),
  ratio: rounded(median(modelled.map(({ seconds, bareSeconds = NaN }) => bareSeconds / seconds)), 2),
  'CPU µs/post': rounded(median(modelled.map(({ posts, cpuSeconds }) => (cpuSeconds * 1e6) / posts))),
  'bare CPU µs/post': rounded(
    median(modelled.map(({ posts, bareCpuSeconds = NaN }) => (bareCpuSeconds * 1e6) / posts)),
  ),
};
console.table([results['model']]);

say(`== ordinary chatter as it is written, ${rate} posts/s for ${paceSeconds} s`);
const x = (await chatter(Math.ceil(rate * paceSeconds * 1.5))).find(({ format }) => format === 'x-v2');
const live = join(folder, 'live.ndjson');
writeFileSync(live, '');
const followed = { 'ingest.sources': sourceOf([live], { follow: true }) };
const paced = run(followed, 'paced', x?.path ?? '', live, String(rate), String(paceSeconds));
results['paced'] = {
  rate,
  seconds: paceSeconds,
  posts: paced.posts,
  'lag p50 s': rounded(paced.lag?.p50 ?? NaN, 2),
  'lag p99 s': rounded(paced.lag?.p99 ?? NaN, 2),
  'lag max s': rounded(paced.lag?.max ?? NaN, 2),
  'CPU µs/post': rounded((paced.cpuSeconds * 1e6) / paced.posts),
  'peak MB': rounded(paced.maxResidentMB),
};
console.table([results['paced']]);

say('== ordinary chatter, file → log → gate → table, by the size of the backlog');
const backlogs: Record<string, unknown>[] = [];
for (const backlog of [10_000, 100_000, 1_000_000].filter((size) => size <= largest)) {
  const measured = run({ 'ingest.sources': sourceOf(pathsOf(await chatter(backlog))) });
  backlogs.push({
    backlog,
    posts: measured.posts,
    'analysed %': rounded((100 * measured.analysed) / measured.posts, 2),
    ...costOf(measured),
    'peak MB': rounded(measured.maxResidentMB),
    load: rounded(loadavg()[0] ?? NaN, 1),
  });
  console.table(backlogs.slice(-1));
}
results['chatter'] = backlogs;

writeResult('pipeline', results);
rmSync(folder, { recursive: true, force: true });
