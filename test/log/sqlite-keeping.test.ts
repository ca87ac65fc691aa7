import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TopicSpec } from '../../schemas/topics.ts';
import type { LogRecord } from '../../services/log/log.ts';
import { createSqliteLog, type SqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { entries, entry, logSettings, puller, silentLogger, textOf } from '../support/log-tools.ts';

const hour = 3_600_000;
const specs: TopicSpec[] = [
  { name: 'posts', partitions: 2, retentionMs: 24 * hour, key: 'k' },
  { name: 'drops', partitions: 1, retentionMs: 24 * hour, key: 'k' },
  { name: 'cursors', partitions: 1, retentionMs: null, key: 'k' },
];

let dataDir: string;
let now: number;
let log: SqliteLog;
const clock = { ...systemClock, now: () => now };
const path = () => join(dataDir, 'log.sqlite');
const reopen = async () => createSqliteLog(logSettings(), { clock, logger: silentLogger, dataDir });

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keeping-'));
  now = Date.UTC(2030, 0, 1);
  log = await reopen();
  await log.createTopics(specs);
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

async function all(topic: 'posts' | 'drops' | 'cursors'): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (const { partition, first } of await log.ranges([topic])) {
    const forever = new AbortController().signal;
    for await (const batch of log.read({ topic, partition, offset: first }, forever))
      found.push(...batch.records);
  }
  return found;
}

async function diskBytes(): Promise<number> {
  const sizes = await Promise.all(['', '-wal'].map(async (end) => (await stat(`${path()}${end}`)).size));
  return sizes.reduce((a, b) => a + b);
}

describe('retention', () => {
  test('removes what is too old, keeps what is young, and gives the space back', async () => {
    const big = Array.from({ length: 40 }, (_, i) => entry(`k${i}`, new Uint8Array(100_000).fill(i)));
    for (let i = 0; i < 10; i++) await log.append([{ topic: 'posts', entries: big }]);
    const full = await diskBytes();
    now += 23 * hour;
    await log.append([{ topic: 'posts', entries: entries(10) }]);
    expect((await log.tidy()).removedFrames).toBe(0);
    now += 2 * hour;
    const { removedFrames, fileBytes } = await log.tidy();
    expect(removedFrames).toBeGreaterThan(0);
    expect((await all('posts')).length).toBe(10);
    expect(full).toBeGreaterThan(40_000_000);
    expect(fileBytes).toBeLessThan(full / 10);
    expect(await diskBytes()).toBeLessThan(full / 10);
    const ranges = await log.ranges(['posts']);
    expect(ranges.reduce((sum, { first, next }) => sum + next - first, 0)).toBe(10);
  });

  test('a reader that was behind goes on at the first record that is left', async () => {
    await log.append([{ topic: 'drops', entries: entries(20) }]);
    now += 25 * hour;
    await log.append([{ topic: 'drops', entries: entries(5, () => 'k', 100) }]);
    await log.tidy();
    await using consumer = await log.consumer({
      group: 'late',
      topics: ['drops'],
      signal: new AbortController().signal,
    });
    const records = await puller(consumer).pull(5);
    expect(records.map(textOf)).toEqual(['100', '101', '102', '103', '104']);
  });

  test('a clock that was ahead for a while neither keeps records for ever nor removes young ones', async () => {
    now += 365 * 24 * hour;
    await log.append([{ topic: 'drops', entries: entries(3, () => 'ahead') }]);
    now -= 365 * 24 * hour;
    await log.append([{ topic: 'drops', entries: entries(3, () => 'right') }]);
    await log.tidy();
    expect((await all('drops')).length).toBe(6);
    now += 25 * hour;
    await log.append([{ topic: 'drops', entries: entries(3, () => 'new') }]);
    await log.tidy();
    expect((await all('drops')).map(({ key }) => key)).toEqual(['new', 'new', 'new']);
  });

  test('a clock that steps back an hour removes nothing early, and times stay in order', async () => {
    await log.append([{ topic: 'drops', entries: entries(3, () => 'before') }]);
    now -= hour;
    await log.append([{ topic: 'drops', entries: entries(3, () => 'after') }]);
    const times = (await all('drops')).map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    now += 24 * hour + hour / 2;
    await log.tidy();
    expect((await all('drops')).length).toBe(6);
    const [position] = await log.positionsAt('drops', times[0] ?? 0);
    expect(position?.offset).toBe(0);
  });
});

describe('a topic without retention', () => {
  test('keeps the last record of every key, in order, at its offset', async () => {
    for (let i = 0; i < 50; i++) {
      await log.append([{ topic: 'cursors', entries: entries(20, (k) => `source-${k % 7}`, i * 20) }]);
    }
    const expected = new Map((await all('cursors')).map((record) => [record.key, record]));
    await log.tidy();
    const kept = await all('cursors');
    expect(kept.length).toBe(7);
    for (const record of kept) expect(record).toEqual(expected.get(record.key));
    expect(kept.map(({ offset }) => offset)).toEqual(
      kept.map(({ offset }) => offset).toSorted((a, b) => a - b),
    );
    await log.append([{ topic: 'cursors', entries: [entry('source-0', 'last')] }]);
    await log.tidy();
    expect((await all('cursors')).filter(({ key }) => key === 'source-0').map(textOf)).toContain('last');
    expect((await log.ranges(['cursors']))[0]?.next).toBe(1001);
  });
});

describe('a damaged file', () => {
  test('says so when it is opened', async () => {
    await log.append([{ topic: 'posts', entries: entries(100) }]);
    await log[Symbol.asyncDispose]();
    await writeFile(path(), 'this is no database, it is a note that somebody saved under the wrong name');
    await expect(reopen()).rejects.toMatchObject({ code: 'LOG_DAMAGED', canRetry: false });
    await rm(path());
    log = await reopen();
  });

  test('never hands out a changed record', async () => {
    const value = Buffer.from('a value that is easy to find in the file of the log');
    await log.append([{ topic: 'drops', entries: [entry('k', value)] }]);
    await log[Symbol.asyncDispose]();
    const at = (await readFile(path())).indexOf(value);
    expect(at).toBeGreaterThan(0);
    const file = await open(path(), 'r+');
    await file.write('X', at + 10);
    await file.close();
    log = await reopen();
    await expect(all('drops')).rejects.toMatchObject({ code: 'LOG_DAMAGED', canRetry: false });
  });

  test('a torn end of the last write loses that write only', async () => {
    await log.append([{ topic: 'drops', entries: entries(5) }]);
    await log.append([{ topic: 'drops', entries: entries(5, () => 'k', 5) }]);
    // What a crash leaves: the file and its log of writes, not closed, with the last bytes missing.
    const copy = await mkdtemp(join(tmpdir(), 'torn-'));
    const [main, wal] = await Promise.all([readFile(path()), readFile(`${path()}-wal`)]);
    await writeFile(join(copy, 'log.sqlite'), main);
    await writeFile(join(copy, 'log.sqlite-wal'), wal.subarray(0, wal.length - 100));
    await log[Symbol.asyncDispose]();
    log = await createSqliteLog(logSettings(), { clock, logger: silentLogger, dataDir: copy });
    expect((await all('drops')).map(textOf)).toEqual(['0', '1', '2', '3', '4']);
    await log.append([{ topic: 'drops', entries: entries(1, () => 'k', 9) }]);
    expect((await all('drops')).length).toBe(6);
    await log[Symbol.asyncDispose]();
    await rm(copy, { recursive: true });
    log = await reopen();
  });
});
