import { afterEach, describe, expect, test } from 'vitest';
import type { TopicName, TopicSpec } from '../../schemas/topics.ts';
import type { ConsumerOptions, Log, LogRecord } from '../../services/log/log.ts';
import { lagOf } from '../../services/log/log.ts';
import { partitionOf } from '../../services/log/partition.ts';
import { entries, entry, positionsAfter, puller, textOf } from '../support/log-tools.ts';

/** A fresh, empty log; `open` gives another view of it, as a second process has. */
export type LogWorld = {
  readonly log: Log;
  /** Long enough for members of a group to agree on their shares. */
  readonly settleMs: number;
  open(): Promise<Log>;
  close(): Promise<void>;
};

const specs: TopicSpec[] = [
  { name: 'posts', partitions: 'configured', retentionMs: 86_400_000, key: 'k' },
  { name: 'analyses', partitions: 'configured', retentionMs: 86_400_000, key: 'k' },
  { name: 'drops', partitions: 1, retentionMs: 86_400_000, key: 'k' },
  { name: 'cursors', partitions: 1, retentionMs: null, key: 'k' },
];
const partitions = 4;
const hostile = Uint8Array.from({ length: 512 }, (_, i) => i % 256);

/** What every driver of the log promises. Each test makes a world of its own, with 4 configured partitions. */
export function logContract(name: string, make: () => Promise<LogWorld>): void {
  describe(`log ${name}`, () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    });

    async function world(): Promise<LogWorld> {
      const made = await make();
      cleanups.push(() => made.close());
      await made.log.createTopics(specs);
      return made;
    }

    async function join(log: Log, options: Partial<ConsumerOptions> = {}) {
      const end = new AbortController();
      const consumer = await log.consumer({ group: 'g', topics: ['posts'], signal: end.signal, ...options });
      let open = true;
      const leave = async () => {
        if (open) await consumer[Symbol.asyncDispose]();
        open = false;
      };
      cleanups.push(leave);
      return { ...puller(consumer), consumer, leave, end };
    }

    async function all(log: Log, topic: TopicName): Promise<LogRecord[]> {
      const found: LogRecord[] = [];
      for (const { partition, first } of await log.ranges([topic])) {
        const never = new AbortController().signal;
        for await (const batch of log.read({ topic, partition, offset: first }, never))
          found.push(...batch.records);
      }
      return found;
    }

    test('keeps the order of each key, and gives back what was put in', async () => {
      const { log } = await world();
      const before = Date.now() - 5000;
      for (let round = 0; round < 5; round++) {
        await log.append([{ topic: 'posts', entries: entries(40, (i) => `key-${i % 7}`, round * 40) }]);
      }
      const { pull } = await join(log);
      const records = await pull(200);
      const byKey = Map.groupBy(records, ({ key }) => key);
      expect(byKey.size).toBe(7);
      for (const [key, list] of byKey) {
        const numbers = list.map((record) => Number(textOf(record)));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        expect(new Set(list.map(({ partition }) => partition))).toEqual(
          new Set([partitionOf(key, partitions)]),
        );
      }
      expect(records.every(({ time, topic }) => time >= before && topic === 'posts')).toBe(true);
    });

    test('offsets of a partition grow, and appending at once from several sides loses nothing', async () => {
      const { log, open } = await world();
      const other = await open();
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? log : other).append([{ topic: 'drops', entries: entries(10, () => 'k', i * 10) }]),
        ),
      );
      const records = await all(log, 'drops');
      const offsets = records.map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(
        records
          .map(textOf)
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 200 }, (_, i) => i));
      for (let i = 0; i < 20; i++) {
        const own = records
          .map(textOf)
          .map(Number)
          .filter((n) => Math.floor(n / 10) === i);
        expect(own).toEqual(Array.from({ length: 10 }, (_, k) => i * 10 + k));
      }
    });

    test.each([
      ['empty', new Uint8Array(0)],
      ['hostile bytes', hostile],
      ['one megabyte', new Uint8Array(1_000_000).fill(7)],
    ])('a value may be %s', async (_name, value) => {
      const { log } = await world();
      const key = 'käse \u0000 "\n\u{1F9EA}';
      await log.append([{ topic: 'posts', entries: [entry(key, value)] }]);
      const { pull } = await join(log);
      const [record] = await pull(1);
      expect(record?.key).toBe(key);
      expect(Buffer.compare(record?.value ?? Buffer.of(1), value)).toBe(0);
    });

    test('refuses a record over the limit and a topic that is not there, and writes nothing of that call', async () => {
      const { log } = await world();
      const big = entry('kä', new Uint8Array(log.maxRecordBytes - 2));
      await expect(
        log.append([
          { topic: 'drops', entries: [entry('k', 'small')] },
          { topic: 'posts', entries: [big] },
        ]),
      ).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE', canRetry: false });
      await expect(
        log.append([
          { topic: 'drops', entries: [entry('k', 'small')] },
          { topic: 'alerts', entries: [entry('k', 'v')] },
        ]),
      ).rejects.toMatchObject({ code: 'LOG_NO_TOPIC' });
      expect(await all(log, 'drops')).toEqual([]);
    });

    test('appends to several topics at once', async () => {
      const { log } = await world();
      await log.append([
        { topic: 'posts', entries: entries(10) },
        { topic: 'cursors', entries: [entry('source', 'at 10')] },
        { topic: 'drops', entries: [] },
      ]);
      expect((await all(log, 'posts')).length).toBe(10);
      expect((await all(log, 'cursors')).map(textOf)).toEqual(['at 10']);
    });

    test('creating topics again changes nothing', async () => {
      const { log } = await world();
      await log.append([{ topic: 'posts', entries: entries(3) }]);
      await log.createTopics([{ name: 'posts', partitions: 9, retentionMs: 86_400_000, key: 'k' }]);
      expect((await log.ranges(['posts'])).length).toBe(partitions);
      expect((await all(log, 'posts')).length).toBe(3);
    });

    test('goes on after the committed positions, and hands out the rest again', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(30) }]);
      const first = await join(log, { topics: ['drops'], maxRecords: 10 });
      const one = await first.pull(10);
      await first.consumer.commit(positionsAfter(one));
      await first.pull(10);
      await first.leave();
      expect(await log.committed('g', ['drops', 'posts'])).toEqual([
        { topic: 'drops', partition: 0, offset: (one.at(-1)?.offset ?? 0) + 1 },
      ]);
      const second = await join(log, { topics: ['drops'] });
      expect((await second.pull(20)).map(textOf)).toEqual(
        Array.from({ length: 20 }, (_, i) => String(10 + i)),
      );
    });

    test('groups do not disturb each other', async () => {
      const { log } = await world();
      await log.append([{ topic: 'posts', entries: entries(20) }]);
      const a = await join(log, { group: 'a' });
      const b = await join(log, { group: 'b' });
      await a.consumer.commit(positionsAfter(await a.pull(20)));
      expect((await b.pull(20)).length).toBe(20);
      expect(await log.committed('b', ['posts'])).toEqual([]);
    });

    test('two members share the partitions; when one goes, the other takes over what was not committed', async () => {
      const { log, open, settleMs } = await world();
      const one = await join(log);
      const two = await join(await open());
      const early = [one.drain(settleMs), two.drain(settleMs)];
      await Promise.all(early);
      await log.append([{ topic: 'posts', entries: entries(200) }]);
      const seen = await Promise.all([one.drain(settleMs), two.drain(settleMs)]);
      const parts = seen.map((records) => new Set(records.map(({ partition }) => partition)));
      expect(parts.map(({ size }) => size)).toEqual([2, 2]);
      expect(parts[0]?.intersection(parts[1] ?? new Set()).size).toBe(0);
      const [mine, others] = seen;
      await one.consumer.commit(positionsAfter(mine));
      await two.leave();
      const again = await one.pull(others.length);
      expect(again.map(textOf).sort()).toEqual(others.map(textOf).sort());
    });

    test('a step of outputs and positions is done as a whole, or refused as a whole', async () => {
      const { log, open, settleMs } = await world();
      await log.append([{ topic: 'posts', entries: entries(40) }]);
      const old = await join(log);
      const records = await old.pull(40);
      const half = records.filter(({ partition }) => partition < 2);
      const outputs = [{ topic: 'analyses' as const, entries: half.map(({ key }) => entry(key, 'done')) }];
      await old.consumer.appendAndCommit(outputs, positionsAfter(half));
      expect((await all(log, 'analyses')).length).toBe(half.length);
      expect((await log.committed('g', ['posts'])).length).toBe(positionsAfter(half).length);

      // The partitions move while work is in hand: that work must not be counted twice.
      const other = await join(await open());
      const [, theirs] = await Promise.all([old.drain(settleMs), other.drain(settleMs)]);
      const lost = records.filter((r) => r.partition >= 2 && theirs.some((t) => t.partition === r.partition));
      expect(lost.length).toBeGreaterThan(0);
      await expect(
        old.consumer.appendAndCommit(
          [{ topic: 'analyses', entries: lost.map(({ key }) => entry(key, 'twice')) }],
          positionsAfter(lost),
        ),
      ).rejects.toMatchObject({ code: 'LOG_PARTITION_LOST', canRetry: true });
      const done = theirs.map(({ key }) => entry(key, 'done'));
      await other.consumer.appendAndCommit([{ topic: 'analyses', entries: done }], positionsAfter(theirs));
      const results = await all(log, 'analyses');
      expect(results.map(textOf)).not.toContain('twice');
      expect(results.length).toBe(half.length + theirs.length);
    });

    test('a position that was not handed out is refused', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(5) }]);
      const { consumer, pull } = await join(log, { topics: ['drops'], maxRecords: 2 });
      await pull(2);
      await expect(consumer.commit([{ topic: 'drops', partition: 0, offset: 4 }])).rejects.toMatchObject({
        code: 'LOG_PARTITION_LOST',
      });
    });

    test('seeks by offset', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(50) }]);
      const { consumer, pull } = await join(log, { topics: ['drops'], maxRecords: 10 });
      const records = await pull(10);
      await consumer.seek({ topic: 'drops', partition: 0, offset: records[4]?.offset ?? -1 });
      expect(textOf((await pull(1))[0] as LogRecord)).toBe('4');
      await expect(consumer.seek({ topic: 'posts', partition: 0, offset: 0 })).rejects.toMatchObject({
        code: 'LOG_PARTITION_LOST',
      });
    });

    test('finds positions by time, also where times are not in order', async () => {
      const { log } = await world();
      const base = Date.now() - 3_600_000;
      const times = [0, 1000, 3000, 2000, 5000].map((ms) => base + ms);
      for (const [i, time] of times.entries()) {
        await log.append([{ topic: 'drops', entries: [entry('k', String(i), time)] }]);
      }
      const records = await all(log, 'drops');
      const at = async (time: number) => {
        const [position] = await log.positionsAt('drops', time);
        return records.findIndex(({ offset }) => offset >= (position?.offset ?? 0));
      };
      const expected = (time: number) => times.findIndex((one) => one >= time);
      for (const ms of [-1, 0, 500, 1000, 2500, 3000, 4000, 5000]) {
        expect(await at(base + ms)).toBe(expected(base + ms));
      }
      const [range] = await log.ranges(['drops']);
      const [end] = await log.positionsAt('drops', Date.now() + 60_000);
      expect(end?.offset).toBe(range?.next);
    });

    test('knows the lag of a group', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(30) }]);
      const total = async () => (await lagOf(log, 'g', ['drops'])).reduce((sum, { lag }) => sum + lag, 0);
      expect(await total()).toBeGreaterThanOrEqual(30);
      const { consumer, pull } = await join(log, { topics: ['drops'], maxRecords: 30 });
      const records = await pull(30);
      await consumer.commit(positionsAfter(records.slice(0, 10)));
      expect(await total()).toBeGreaterThanOrEqual(20);
      await consumer.commit(positionsAfter(records));
      expect(await total()).toBeLessThanOrEqual(1); // a transaction's marker may follow the last record
    });

    test('pushes back: batches are bounded, and a reader that stops gets no further', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(500) }]);
      const { consumer } = await join(log, { topics: ['drops'], maxRecords: 50 });
      let batches = 0;
      for await (const batch of consumer) {
        expect(batch.records.length).toBeLessThanOrEqual(50);
        if (++batches === 3) break;
      }
      expect(await log.committed('g', ['drops'])).toEqual([]);
    });

    test('bounds a batch in bytes, but never below one record', async () => {
      const { log } = await world();
      const big = Array.from({ length: 6 }, () => entry('k', new Uint8Array(100_000)));
      await log.append([{ topic: 'drops', entries: big }]);
      const { consumer } = await join(log, { topics: ['drops'], maxBytes: 250_000 });
      const sizes: number[] = [];
      for await (const batch of consumer) {
        sizes.push(batch.records.length);
        if (sizes.reduce((a, b) => a + b) === 6) break;
      }
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
      const tiny = await join(log, { topics: ['drops'], group: 'tiny', maxBytes: 10 });
      expect((await tiny.pull(1)).length).toBe(1);
    });

    test('ends with its signal, and the batch in hand can still be committed', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(3) }]);
      const { consumer, end } = await join(log, { topics: ['drops'] });
      const seen: LogRecord[] = [];
      for await (const { records } of consumer) {
        seen.push(...records);
        if (seen.length < 3) continue;
        end.abort();
        await consumer.commit(positionsAfter(seen));
      }
      expect(seen.length).toBe(3);
      const [position] = await log.committed('g', ['drops']);
      expect(position).toEqual(positionsAfter(seen)[0]);
      const waiting = await join(log, { topics: ['drops'] });
      setTimeout(() => waiting.end.abort(), 50);
      expect(await waiting.pull(1, 10_000)).toEqual([]);
    });

    test('reads a partition outside any group up to its end as of then, and stops with its signal', async () => {
      const { log } = await world();
      await log.append([{ topic: 'drops', entries: entries(20) }]);
      const records = await all(log, 'drops');
      expect(records.map(textOf)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
      const from = { topic: 'drops' as const, partition: 0, offset: records[15]?.offset ?? 0 };
      const tail: string[] = [];
      for await (const batch of log.read(from, new AbortController().signal))
        tail.push(...batch.records.map(textOf));
      expect(tail).toEqual(['15', '16', '17', '18', '19']);
      for await (const batch of log.read(from, AbortSignal.abort())) expect(batch).toBeUndefined();
    });

    test('another view of the log sees appends soon', async () => {
      const { log, open } = await world();
      const { pull } = await join(await open());
      const pulled = pull(10);
      await log.append([{ topic: 'posts', entries: entries(10) }]);
      expect((await pulled).length).toBe(10);
    });
  });
}
