/**
 * One run of ingest, infer and store in this process, from files to tables, as `run ingest infer store --once`
 * does it; prints what it cost as one line of JSON. Usage: run-once.ts SETTINGS_JSON [bare]; with `bare`, the
 * batches that the model was given are run again on a bare ONNX session, in the same process.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createContext } from '../../services/context.ts';
import { loadConfig, shippedPathOf } from '../../services/config.ts';
import { models } from '../../services/infer/models/index.ts';
import type { ModelBatch } from '../../services/infer/models/model.ts';
import { openServing, threadsOf } from '../../services/infer/serving.ts';
import { runPipeline } from '../../services/pipeline.ts';

const batches: ModelBatch[] = [];
if (process.argv[3] === 'bare') {
  const open = models.onnx;
  models.onnx = async (options) => {
    const model = await open(options);
    return {
      ...model,
      run(batch) {
        batches.push(batch);
        return model.run(batch);
      },
    };
  };
}

async function bareSeconds(): Promise<number> {
  const { bundle } = await openServing(
    { ...settings.infer, model: shippedPathOf(settings.infer.model) },
    { clock: context.clock, metrics: context.metrics },
  );
  const session = await InferenceSession.create(bundle.weights.file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threadsOf(settings.infer.threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = batches.map(({ rows, width, ids, lengths }) => {
    const mask = new BigInt64Array(ids.length);
    lengths.forEach((length, row) => mask.fill(1n, row * width, row * width + length));
    return {
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [rows, width]),
      attention_mask: new Tensor('int64', mask, [rows, width]),
    };
  });
  const began = performance.now();
  for (const feed of feeds) await session.run(feed);
  return (performance.now() - began) / 1000;
}

const settingsJson = process.argv[2] ?? '{}';
const set = Object.entries(JSON.parse(settingsJson) as Record<string, unknown>).map(
  ([key, value]) => `${key}=${JSON.stringify(value)}`,
);
const { settings } = loadConfig({ cwd: process.cwd(), env: {}, set });
const started = performance.now();
await using context = createContext(settings, { signal: new AbortController().signal, logLevel: 'warn' });
// What is loaded once is not part of what a post costs.
await context.infer();
await context.migrate();
batches.length = 0;
const loaded = performance.now();
const before = process.cpuUsage();
let firstRow = 0;
const inserted = context.metrics.inserted;
const watch = setInterval(() => {
  void inserted.get().then(({ values }) => {
    if (
      firstRow === 0 &&
      values.some(({ labels, value }) => String(labels.table).endsWith('posts') && value > 0)
    )
      firstRow = performance.now();
  });
}, 10);
await runPipeline(context, { stages: ['ingest', 'infer', 'store'], once: true });
clearInterval(watch);
const ended = performance.now();
const cpu = process.cpuUsage(before);
const database = await context.database();
const [row] = await database.query<{ posts: number; analysed: number }>(
  "SELECT count() AS posts, (SELECT count() FROM vigilstream.analyses WHERE gate != 'refused') AS analysed FROM vigilstream.posts",
);
const lags = await context.metrics.endToEnd.get();
const buckets = lags.values.filter(({ metricName }) => metricName?.endsWith('_bucket'));
const total = lags.values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 0;
const p99 = buckets.find(({ value }) => value >= total * 0.99)?.labels.le ?? 'more';
process.stdout.write(
  `${JSON.stringify({
    posts: row?.posts ?? 0,
    analysed: row?.analysed ?? 0,
    seconds: (ended - loaded) / 1000,
    loadSeconds: (loaded - started) / 1000,
    firstRowSeconds: (firstRow - started) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    maxResidentMB: process.resourceUsage().maxRSS / 1024,
    p99LagUpTo: p99,
    ...(batches.length > 0 ? { bareSeconds: await bareSeconds() } : {}),
  })}\n`,
);
