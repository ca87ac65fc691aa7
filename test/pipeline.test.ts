import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { topics } from '../schemas/topics.ts';
import { loadConfig } from '../services/config.ts';
import { createContext, type Context } from '../services/context.ts';
import type { Log } from '../services/log/log.ts';
import { createMemoryLog } from '../services/log/logs/memory.ts';
import { runPipeline } from '../services/pipeline.ts';
import { systemClock } from '../services/shared/clock.ts';
import { logSettings, positionsAfter, puller, silentLogger } from './support/log-tools.ts';

/** A context with one post to read, and a log in memory that the pipeline sees as `change` makes it. */
async function contextWith(change: (log: Log) => Log): Promise<{ context: Context; log: Log }> {
  const cwd = mkdtempSync(join(tmpdir(), 'pipeline-'));
  mkdirSync(join(cwd, 'data'));
  writeFileSync(join(cwd, 'posts.ndjson'), '{"id": "1", "text": "ibuprofen gave me a rash"}\n');
  const set = [
    `dataDir=${join(cwd, 'data')}`,
    `privacy.keyFile=${join(cwd, 'author.key')}`,
    `ingest.sources=[{name: mine, driver: files, paths: ['${join(cwd, 'posts.ndjson')}']}]`,
  ];
  const { settings } = loadConfig({ cwd, env: {}, set });
  const ended = new AbortController();
  const context = createContext(settings, { signal: ended.signal, logger: silentLogger });
  const log = createMemoryLog(logSettings({ partitions: 1 }), { clock: systemClock });
  await log.createTopics(topics);
  onTestFinished(async () => {
    ended.abort();
    await context[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    rmSync(cwd, { recursive: true });
  });
  return { context: { ...context, log: async () => change(log) }, log };
}

test('`once` waits for what the sources gave while the lag was measured', async () => {
  // The sources are exhausted between the two halves of the first measurement, as over a network.
  const read = Promise.withResolvers<void>();
  const { context, log } = await contextWith((inner) => ({
    ...inner,
    async append(outputs) {
      await measuring.promise;
      await inner.append(outputs);
      setTimeout(read.resolve, 100);
    },
    async committed(group, names) {
      const positions = await inner.committed(group, names);
      if (group === 'store') {
        measuring.resolve();
        await read.promise;
      }
      return positions;
    },
  }));
  const measuring = Promise.withResolvers<void>();
  const told: number[] = [];
  const running = runPipeline(context, {
    stages: ['ingest'],
    once: true,
    onWaiting: (lag) => told.push(lag),
  });
  await Promise.race([expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(1), running]);
  expect(told.slice(0, 2)).toEqual([0, 1]);
  expect((await context.metrics.lag.get()).values).toContainEqual({
    labels: { topic: 'posts', partition: '0', group: 'infer' },
    value: 1,
  });
  await using consumer = await log.consumer({
    group: 'infer',
    topics: ['posts'],
    signal: new AbortController().signal,
  });
  await consumer.commit(positionsAfter(await puller(consumer).pull(1)));
  await running;
  expect(told.at(-1)).toBe(0);
});
