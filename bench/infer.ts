/**
 * The model and what stands before it, each measured several times, medians in a table and as JSON:
 * the engine against the bare ONNX session on the same batches; all tasks in one pass against one
 * transformers.js pipeline per task; quantised against full weights (`FP32_MODEL=path` names a network with
 * the same outputs, since the bundle has none); gate, tokeniser, and the whole way of a refused post.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { inferConfig } from '../services/infer/config.ts';
import { createEngine } from '../services/infer/engine.ts';
import type { Model, ModelBatch } from '../services/infer/models/model.ts';
import { analysedEntry, decodePost } from '../services/infer/records.ts';
import { openServing, schedulerFor } from '../services/infer/serving.ts';
import { blank } from '../services/infer/blank.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';
import { terminologyConfig } from '../services/terminology/config.ts';
import { loadTerminology } from '../services/terminology/index.ts';
import { loadProducts } from '../services/terminology/lexicon/lexicon.ts';
import { createLexicon } from '../services/terminology/lexicon/matcher.ts';
import { createTermIndex } from '../services/terminology/term-index.ts';
import { median } from './shared/median.ts';
import { writeResult } from './shared/result.ts';

const here = import.meta.dirname;
const threads = 1;
const rounds = 5;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const corpus = ['plain', 'vivid'].flatMap((name) =>
  readFileSync(join(here, `../training/corpus/${name}.ndjson`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text),
);
const texts = corpus.filter((_, i) => i % 5 === 0).slice(0, 256);

const folder = mkdtempSync(join(tmpdir(), 'bench-infer-'));
const config = inferConfig.parse({
  model: join(here, '../models/vigil-minilm'),
  threads,
  maxLatencyMs: 1000,
});
const deps = { clock: systemClock, metrics: createMetrics() };
const serving = await openServing(config, deps);
const settings = terminologyConfig.parse({});
const lexicon = createLexicon(await loadProducts());
const terms = await createTermIndex(await loadTerminology(settings), settings, {
  ...(serving.embedder && { embedder: serving.embedder }),
  cacheDir: join(tmpdir(), 'vigilstream-test-vectors'),
  shippedDir: config.model,
  logger: createLogger({ level: 'silent', format: 'json' }),
});

/** The engine on the real network, with every batch noted. */
let batches: ModelBatch[] = [];
const noting: Model = {
  ...serving.model,
  run(batch) {
    batches.push(batch);
    return serving.model.run(batch);
  },
};
const engine = createEngine({
  bundle: serving.bundle,
  scheduler: schedulerFor(serving.bundle, noting, config, deps),
  lexicon,
  terms,
  config,
  clock: systemClock,
  code: 'bench',
  run: 'live',
});
const posts = texts.map((text, i) => ({ id: `bench:${i}`, revision: 0, text }));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const openBare = (file: string): Promise<InferenceSession> =>
  InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
const feedsOf = ({ rows, width, ids, lengths }: ModelBatch) => {
  const mask = new BigInt64Array(ids.length);
  lengths.forEach((length, row) => mask.fill(1n, row * width, row * width + length));
  return {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [rows, width]),
    attention_mask: new Tensor('int64', mask, [rows, width]),
  };
};

// Engine and bare session by turns, so that both meet the same neighbours on the machine.
await engine.analyse(posts, { gate: false });
const bare = await openBare(serving.bundle.weights.file);
const fp32 = process.env['FP32_MODEL'] ? await openBare(process.env['FP32_MODEL']) : undefined;
const engineMs: number[] = [];
const bareMs: number[] = [];
const fp32Ms: number[] = [];
for (let round = 0; round < rounds; round++) {
  batches = [];
  engineMs.push(await timed(() => engine.analyse(posts, { gate: false })));
  const feeds = batches.map(feedsOf);
  const run = (session: InferenceSession) => async (): Promise<void> => {
    for (const feed of feeds) await session.run(feed);
  };
  bareMs.push(await timed(run(bare)));
  if (fp32) fp32Ms.push(await timed(run(fp32)));
}
const tokens = batches.reduce((sum, batch) => sum + batch.ids.length, 0);
const used = batches.reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b, 0), 0);

// Posts of 32 tokens each, in batches of 32: what an hour of a core brings does not depend on the corpus.
const stream = batches.flatMap(({ ids, width, lengths }) =>
  [...lengths].flatMap((length, row) => [...ids.subarray(row * width, row * width + length)]),
);
const even = feedsOf({
  rows: 32,
  width: 32,
  ids: Int32Array.from({ length: 32 * 32 }, (_, i) => stream[i % stream.length] ?? 0),
  lengths: new Int32Array(32).fill(32),
});
const even8Ms: number[] = [];
const even32Ms: number[] = [];
for (let round = 0; round < 4 * rounds; round++) {
  even8Ms.push(await timed(() => bare.run(even)));
  if (fp32) even32Ms.push(await timed(() => fp32.run(even)));
}

// One pipeline per task, in a process of its own.
const model = join(folder, 'model');
mkdirSync(join(model, 'onnx'), { recursive: true });
copyFileSync(serving.bundle.weights.file, join(model, 'onnx/model_quantized.onnx'));
copyFileSync(join(serving.bundle.folder, 'tokenizer.json'), join(model, 'tokenizer.json'));
writeFileSync(
  join(model, 'config.json'),
  JSON.stringify({ model_type: 'bert', hidden_size: 384, vocab_size: 30_522 }),
);
writeFileSync(
  join(model, 'tokenizer_config.json'),
  JSON.stringify({ tokenizer_class: 'BertTokenizer', model_max_length: 128, pad_token: '[PAD]' }),
);
writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
const child = spawnSync(
  process.execPath,
  [join(here, 'infer/pipelines.ts'), model, join(folder, 'texts.json'), String(threads)],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
);
const pipelines = JSON.parse(child.stdout) as { heads: number; milliseconds: number[] };

/** Calls a second, median of rounds of about 200 ms. */
function rate(work: (i: number) => unknown): number {
  const rates: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const started = performance.now();
    let calls = 0;
    while (performance.now() - started < 200) for (let i = 0; i < 512; i++) work(calls++);
    rates.push((calls / (performance.now() - started)) * 1000);
  }
  return median(rates.slice(1));
}
const chatter = [
  'what a goal in the last minute',
  'soup again, it is that kind of week',
  'my cat has learned to open the fridge and i am not even angry',
  'new episode tonight, no spoilers please @user',
  'traffic on the ring road again, see you all at ten [link]',
];
const records = chatter.map((text, i) => ({
  topic: 'posts' as const,
  partition: 0,
  offset: i,
  key: `bench:${i}`,
  time: 0,
  value: Buffer.from(
    JSON.stringify({
      v: 1, id: `bench:${i}`, source: 'bench', platform: 'x', kind: 'post', revision: 0, text, lang: 'en',
      country: null, createdAt: 1_700_000_000_000, seenAt: 1_700_000_000_000,
      author: { hash: '0'.repeat(32), followers: '100-999', ageYears: '1-4', automated: false }, replyTo: null,
      threadId: null, repostOf: null, links: [], permalink: `https://example.org/${i}`, edits: [], editedAt: null,
      cluster: '0'.repeat(16), flags: [],
    }), // prettier-ignore
  ),
}));
const pick = <T>(items: readonly T[], i: number): T => items[i % items.length] as T;
const gateRate = rate((i) => serving.bundle.gate.score(pick(chatter, i)));
const tokenRate = rate((i) => serving.bundle.tokeniser.encode(blank(pick(corpus, i))));
const screenRate = rate((i) => engine.screen({ id: 'bench:1', revision: 0, text: pick(chatter, i) }));
const refusedRate = rate((i) => {
  const post = decodePost(pick(records, i));
  if (typeof post !== 'string') analysedEntry(post, engine.refuse(post, engine.screen(post)));
});

const engineTime = median(engineMs);
const result = {
  posts: posts.length,
  threads,
  tokensPadded: tokens,
  tokensUsed: used,
  engineMs: engineTime,
  bareMs: median(bareMs),
  engineShareOfBare: median(engineMs.map((ms, i) => (bareMs[i] ?? NaN) / ms)),
  heads: pipelines.heads,
  pipelinesMs: median(pipelines.milliseconds),
  onePassAgainstPipelines: median(pipelines.milliseconds) / engineTime,
  int8AgainstFp32: fp32 ? median(fp32Ms.map((ms, i) => ms / (bareMs[i] ?? NaN))) : null,
  postsOf32TokensPerSecond: 32_000 / median(even8Ms),
  postsOf32TokensPerSecondFp32: fp32 ? 32_000 / median(even32Ms) : null,
  gatePerSecond: gateRate,
  tokeniserPerSecond: tokenRate,
  screenPerSecond: screenRate,
  refusedMicroseconds: 1e6 / refusedRate,
};
const row = (name: string, value: string): void => say(`${name.padEnd(58)}${value.padStart(12)}`);
const perSecond = (ms: number): string => `${((posts.length / ms) * 1000).toFixed(0)}/s`;
say(
  `${posts.length} posts, ${threads} thread, ${used} tokens in ${tokens} padded (${((used / tokens) * 100).toFixed(0)} %)`,
);
row('engine, text to analysis, all tasks', perSecond(engineTime));
row('bare ONNX session on the same batches', perSecond(result.bareMs));
row('engine as a share of the bare session (goal 0.90)', result.engineShareOfBare.toFixed(2));
row(`one transformers.js pipeline per task, ${result.heads} heads`, perSecond(result.pipelinesMs));
row(
  `one pass against ${result.heads} pipelines (goal 15 at 15)`,
  `${result.onePassAgainstPipelines.toFixed(1)} x`,
);
row('int8 against fp32', result.int8AgainstFp32 ? `${result.int8AgainstFp32.toFixed(2)} x` : 'not measured');
row('32 posts of 32 tokens, int8 (goal 450)', `${result.postsOf32TokensPerSecond.toFixed(0)}/s`);
if (result.postsOf32TokensPerSecondFp32)
  row('the same in fp32', `${result.postsOf32TokensPerSecondFp32.toFixed(0)}/s`);
row('gate', `${gateRate.toFixed(0)}/s`);
row('tokeniser with offsets', `${tokenRate.toFixed(0)}/s`);
row('gate and lexicon', `${screenRate.toFixed(0)}/s`);
row('refused post, record to record', `${result.refusedMicroseconds.toFixed(1)} us`);
writeResult('infer', result);
await serving[Symbol.asyncDispose]();
rmSync(folder, { recursive: true, force: true });
