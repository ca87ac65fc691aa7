import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { entries, logSettings, positionsAfter, puller, textOf } from '../support/log-tools.ts';

const hour = 3_600_000;

/** A log whose clock the test moves, with one partition that keeps a record for a day. */
async function world(driver: 'memory' | 'sqlite') {
  let now = Date.UTC(2030, 0, 1);
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): boolean => lines.push(JSON.parse(line) as Record<string, unknown>) > 0;
  const stream = { write } as unknown as NodeJS.WritableStream;
  const deps = {
    clock: { ...systemClock, now: () => now },
    logger: createLogger({ level: 'warn', format: 'json', stream }),
    metrics: createMetrics(),
    dataDir: await mkdtemp(join(tmpdir(), 'missed-')),
  };
  const settings = logSettings({ partitions: 1 });
  const log = await (driver === 'memory' ? createMemoryLog(settings, deps) : createSqliteLog(settings, deps));
  onTestFinished(async () => {
    await log[Symbol.asyncDispose]();
    await rm(deps.dataDir, { recursive: true });
  });
  await log.createTopics([{ name: 'drops', partitions: 1, retentionMs: 24 * hour, key: 'k' }]);
  return {
    log,
    /** The present records are removed, and `count` new ones come. */
    async replace(count: number, from: number) {
      now += 25 * hour;
      if (count > 0) await log.append([{ topic: 'drops', entries: entries(count, () => 'k', from) }]);
      await log.tidy();
    },
    async join() {
      const signal = new AbortController().signal;
      return await log.consumer({ group: 'g', topics: ['drops'], signal, maxRecords: 1 });
    },
    told: () => lines.map(({ level: _level, time: _time, ...line }) => line),
    async counted() {
      const { values } = await deps.metrics.missed.get();
      return values.map(({ labels, value }) => [labels['topic'], labels['group'], value]);
    },
  };
}

const told = (from: number, to: number) => ({
  group: 'g',
  topic: 'drops',
  partition: 0,
  from,
  to,
  records: to - from,
  msg: 'records were removed before they were read',
});

test.each(['memory', 'sqlite'] as const)(
  '%s: what retention removes before it is read is told',
  async (driver) => {
    const { log, replace, join: joinGroup, told: lines, counted } = await world(driver);
    await log.append([{ topic: 'drops', entries: entries(4) }]);
    const consumer = await joinGroup();
    const { pull } = puller(consumer);
    await consumer.commit(positionsAfter(await pull(1)));
    // While the member holds its partition ...
    await replace(2, 4);
    const [next] = await pull(1);
    expect(next && textOf(next)).toBe('4');
    expect(lines()).toEqual([told(1, 4)]);
    await consumer.commit([{ topic: 'drops', partition: 0, offset: 5 }]);
    await consumer[Symbol.asyncDispose]();
    // ... and while nobody does.
    await replace(3, 6);
    await using later = await joinGroup();
    const rest = await puller(later).pull(3);
    expect(rest.map(textOf)).toEqual(['6', '7', '8']);
    expect(lines()).toEqual([told(1, 4), told(5, 6)]);
    expect(await counted()).toEqual([['drops', 'g', 4]]);
  },
);

test.each(['memory', 'sqlite'] as const)('%s: who has read everything has missed nothing', async (driver) => {
  const { log, replace, join: joinGroup, told: lines, counted } = await world(driver);
  await log.append([{ topic: 'drops', entries: entries(3) }]);
  await using consumer = await joinGroup();
  const { pull } = puller(consumer);
  await consumer.commit(positionsAfter(await pull(3)));
  await replace(2, 3);
  expect((await pull(2)).map(textOf)).toEqual(['3', '4']);
  await using fresh = await log.consumer({
    group: 'new',
    topics: ['drops'],
    signal: new AbortController().signal,
  });
  expect((await puller(fresh).pull(2)).map(textOf)).toEqual(['3', '4']);
  expect([lines(), await counted()]).toEqual([[], []]);
});
