import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analysedPost, type AnalysedPost } from '../../schemas/analysis.ts';
import { deadLetter, type DeadLetter } from '../../schemas/flow.ts';
import type { Post } from '../../schemas/post.ts';
import { topics, type TopicName } from '../../schemas/topics.ts';
import { inferConfig } from '../../services/infer/config.ts';
import type { Engine } from '../../services/infer/engine.ts';
import { runInfer } from '../../services/infer/infer.ts';
import type { Model } from '../../services/infer/models/model.ts';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import { lagOf, type Log, type LogRecord } from '../../services/log/log.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { openWorld, silent, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

function postOf(i: number, text: string): Post {
  return {
    v: 1, id: `demo:${i}`, source: 'demo', platform: 'x', kind: 'post', revision: 0, text, lang: 'en', country: null,
    createdAt: 1_700_000_000_000 + i, seenAt: 1_700_000_000_000 + i,
    author: { hash: '0'.repeat(32), followers: 'unknown', ageYears: 'unknown', automated: false },
    replyTo: null, threadId: null, repostOf: null, links: [], permalink: null, edits: [], editedAt: null,
    cluster: '0'.repeat(16), flags: [],
  }; // prettier-ignore
}
const entryOf = (post: Post) => ({ key: post.id, value: Buffer.from(JSON.stringify(post)) });

const chatter = [
  'what a goal in the last minute',
  'soup again, it is that kind of week',
  'my cat has opened the fridge',
];
const effects = [
  'sertraline makes me so dizzy',
  'no sleep since the second dose of the vaccine, arm hurts',
  'metformin: sick all night 🤢',
];
/** Nine of ten are chatter; lengths differ, so that they finish in another order than they came. */
const texts = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    i % 10 === 0 ? `${effects[(i / 10) % 3]} ${'really '.repeat((i * 7) % 50)}` : `${chatter[i % 3]} ${i}`,
  );

async function logWith(posts: readonly Post[], partitions = 3, maxRecordBytes = 4_000_000): Promise<Log> {
  const log = createMemoryLog({ partitions, maxRecordBytes }, { clock: systemClock });
  await log.createTopics(topics);
  for (let i = 0; i < posts.length; i += 50) {
    await log.append([{ topic: 'posts', entries: posts.slice(i, i + 50).map(entryOf) }]);
  }
  return log;
}

async function readAll(log: Log, topic: TopicName): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { partition, first } of await log.ranges([topic])) {
    const batches = log.read({ topic, partition, offset: first }, new AbortController().signal);
    for await (const batch of batches) records.push(...batch.records);
  }
  return records;
}

const analysed = (records: readonly LogRecord[]): AnalysedPost[] =>
  records.map(({ value }) => {
    const read = analysedPost.read(JSON.parse(Buffer.from(value).toString()));
    if (!read.ok) throw new Error(read.problem);
    return read.value;
  });

function start(log: Log, engine: Engine, settings: Record<string, unknown> = {}) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const config = inferConfig.parse({ fetchRecords: 40, fetchWaitMs: 2, ...settings });
  const deps = { log, engine, logger: silent, metrics, clock: systemClock, signal: stop.signal };
  return { stop: () => stop.abort(), metrics, done: runInfer(config, deps) };
}

async function drained(log: Log): Promise<void> {
  while ((await lagOf(log, 'infer', ['posts'])).some(({ lag }) => lag > 0)) await systemClock.sleep(5);
}

const count = async (metric: { get(): Promise<{ values: { value: number }[] }> }): Promise<number> =>
  (await metric.get()).values.reduce((sum, { value }) => sum + value, 0);

describe('infer stage', () => {
  test('every post has one analysis beside its own bytes, in the order of its partition', async () => {
    const posts = texts(300).map((text, i) => postOf(i, text));
    await using log = await logWith(posts);
    const stage = start(log, world.engine);
    await drained(log);
    stage.stop();
    await stage.done;
    const [read, written] = [await readAll(log, 'posts'), await readAll(log, 'analyses')];
    expect(written.map(({ key }) => key)).toEqual(read.map(({ key }) => key));
    const found = analysed(written);
    found.forEach(({ post, analysis }, i) => {
      expect(post).toEqual(posts[Number(post.id.slice(5))]);
      expect(analysis.postId).toBe(post.id);
      expect(Buffer.from(written[i]?.value ?? []).includes(Buffer.from(read[i]?.value ?? []))).toBe(true);
    });
    expect(found.filter(({ analysis }) => analysis.gate.verdict === 'passed').length).toBeGreaterThanOrEqual(
      60,
    );
    expect(await count(stage.metrics.gate)).toBe(300);
    expect(await count(stage.metrics.processed)).toBe(300);
    expect(await count(stage.metrics.positives)).toBeGreaterThan(0);
  });

  test('positions are committed in order whatever the model finishes first', async () => {
    const posts = texts(200).map((text, i) => postOf(i, text));
    await using log = await logWith(posts, 1);
    let turn = 0;
    const shuffled = (model: Model): Model => ({
      ...model,
      run: async (batch) => {
        const run = await model.run(batch);
        await systemClock.sleep((turn++ * 37) % 60);
        return run;
      },
    });
    const positions: number[] = [];
    const stage = start(log, world.engineWith({ wrap: shuffled, sample: 0 }), { fetchRecords: 7 });
    while ((positions.at(-1) ?? 0) < posts.length) {
      const [at] = await log.committed('infer', ['posts']);
      const offset = at?.offset ?? 0;
      if (offset !== positions.at(-1)) positions.push(offset);
      // What is committed is written: never a position ahead of the analyses.
      const [range] = await log.ranges(['analyses']);
      expect(range?.next ?? 0).toBeGreaterThanOrEqual(offset);
      await systemClock.sleep(1);
    }
    stage.stop();
    await stage.done;
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const found = analysed(await readAll(log, 'analyses'));
    expect(found.map(({ post }) => post.id)).toEqual(posts.map(({ id }) => id));
  });

  test('records that cannot be used go to the dead letters and cost no other', async () => {
    const posts = texts(60).map((text, i) => postOf(i, text));
    posts[25] = postOf(25, 'zebra zebra took sertraline');
    await using log = await logWith(posts, 1);
    const { text: _text, ...textless } = postOf(99, '');
    const bad = ['{"v":1', '[]', 'null', '{"v":7}', JSON.stringify(textless), '\u00ff'];
    await log.append([
      {
        topic: 'posts',
        entries: bad.map((value, i) => ({
          key: `bad${i}`,
          value: Buffer.from(value, i === 5 ? 'latin1' : 'utf8'),
        })),
      },
    ]);
    const zebra = 29_145;
    const failing = (model: Model): Model => ({
      ...model,
      run: (batch) =>
        batch.ids.some((id, i) => id === zebra && batch.ids[i + 1] === zebra)
          ? Promise.reject(new VigilError('MODEL_RUN', 'fault'))
          : model.run(batch),
    });
    const stage = start(log, world.engineWith({ wrap: failing }));
    await drained(log);
    stage.stop();
    await stage.done;
    const found = analysed(await readAll(log, 'analyses'));
    expect(found.map(({ post }) => post.id)).toEqual(
      posts.map(({ id }) => id).filter((id) => id !== 'demo:25'),
    );
    const letters = (await readAll(log, 'dead-letters')).map(({ value }) => {
      const read = deadLetter.read(JSON.parse(Buffer.from(value).toString()));
      if (!read.ok) throw new Error(read.problem);
      return read.value;
    });
    expect(letters.map(({ reason, origin }) => [reason, origin])).toEqual([
      ['poison', 'posts/0/25'],
      ...bad.map((_, i) => ['schema', `posts/0/${60 + i}`]),
    ]);
    for (const { detail } of letters) expect(detail).not.toMatch(/zebra|sertraline/);
    expect(await count(stage.metrics.deadLettered)).toBe(1 + bad.length);
  });

  test('a post whose analysis the log does not take goes to the dead letters, and the stage goes on', async () => {
    const posts = texts(20).map((text, i) => postOf(i, text));
    posts[3] = postOf(3, 'sertraline '.repeat(400));
    await using log = await logWith(posts, 1, 6000);
    const stage = start(log, world.engine);
    await drained(log);
    stage.stop();
    await stage.done;
    const written = analysed(await readAll(log, 'analyses')).map(({ post }) => post.id);
    expect(written).toEqual(posts.map(({ id }) => id).filter((id) => id !== 'demo:3'));
    const letters = (await readAll(log, 'dead-letters')).map(
      ({ value }) => JSON.parse(Buffer.from(value).toString()) as DeadLetter,
    );
    expect(letters).toMatchObject([{ reason: 'too-large', origin: 'posts/0/3', source: 'demo' }]);
    expect(letters[0]?.detail).toMatch(/^\d+ bytes with its analysis, over log\.maxRecordBytes \(6000\)$/);
    expect(await count(stage.metrics.deadLettered)).toBe(1);
  });

  test('members that come and go lose nothing and double nothing', async () => {
    const posts = texts(600).map((text, i) => postOf(i, text));
    await using log = await logWith(posts, 4);
    const stages = [start(log, world.engine)];
    for (let round = 0; round < 6; round++) {
      stages.push(start(log, world.engine));
      await systemClock.sleep(25);
      const leaver = stages.shift();
      leaver?.stop();
      if (round % 2 === 0) await leaver?.done;
      else stages.unshift(...(leaver ? [leaver] : []));
    }
    await drained(log);
    for (const stage of stages) stage.stop();
    await Promise.all(stages.map(({ done }) => done));
    const found = analysed(await readAll(log, 'analyses')).map(({ post }) => post.id);
    expect(found.toSorted()).toEqual(posts.map(({ id }) => id).toSorted());
  });

  test('a stop finishes what is in hand', async () => {
    const posts = texts(200).map((text, i) => postOf(i, text));
    await using log = await logWith(posts, 1);
    const stage = start(log, world.engine, { fetchRecords: 20 });
    while ((await log.committed('infer', ['posts'])).length === 0) await systemClock.sleep(1);
    stage.stop();
    await stage.done;
    const [at] = await log.committed('infer', ['posts']);
    expect(analysed(await readAll(log, 'analyses'))).toHaveLength(at?.offset ?? -1);
    const second = start(log, world.engine);
    await drained(log);
    second.stop();
    await second.done;
    expect(analysed(await readAll(log, 'analyses')).map(({ post }) => post.id)).toEqual(
      posts.map(({ id }) => id),
    );
  });

  test('a model that is broken stops the stage, even when nothing more arrives', async () => {
    await using log = await logWith([postOf(0, 'sertraline makes me dizzy')], 1);
    const dead = (model: Model): Model => ({
      ...model,
      run: () => Promise.reject(new VigilError('MODEL_DIED', 'the thread of the model has ended')),
    });
    const stage = start(log, world.engineWith({ wrap: dead }));
    await expect(stage.done).rejects.toMatchObject({ code: 'MODEL_DIED' });
    expect(await log.committed('infer', ['posts'])).toEqual([]);
  });
});
