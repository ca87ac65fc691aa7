import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../../services/log/log.ts';
import { createCollector, type Batch } from '../../services/store/collector.ts';

const limits = { rows: 50, bytes: 1_000_000, seconds: 1 };

function record(offset: number, partition = 0): LogRecord {
  const value = Buffer.from(`{"v":1,"n":${offset}}`);
  return { topic: 'analyses', partition, offset, key: 'k', value, time: 1000 + offset };
}

const add = (collector: ReturnType<typeof createCollector>, offsets: readonly number[], partition = 0) =>
  collector.add('analyses', {
    topic: 'analyses',
    partition,
    records: offsets.map((at) => record(at, partition)),
  });
const offsetsOf = (batches: readonly Batch[]) =>
  batches.map(({ items }) => items.map((item) => item.record.offset));
const nothingBefore = (collector: ReturnType<typeof createCollector>) => {
  for (const edge of collector.unknown()) collector.settle(edge, undefined);
};

test('after a crash the batches that were begun come again with their bounds, and nothing is left out', () => {
  const world = fc.record({
    // Distances between offsets: a log with transactions has holes.
    steps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 120 }),
    begun: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
    chunks: fc.infiniteStream(fc.integer({ min: 1, max: 25 })),
    takes: fc.infiniteStream(fc.boolean()),
  });
  fc.assert(
    fc.property(world, ({ steps, begun, chunks, takes }) => {
      let at = 0;
      const offsets = steps.map((step) => (at += step));
      const bounds = new Map<number, number>();
      const before: number[][] = [];
      let from = 0;
      for (const length of begun) {
        const batch = offsets.slice(from, from + length);
        const [first, last] = [batch[0], batch.at(-1)];
        if (first === undefined || last === undefined) break;
        bounds.set(first, last);
        before.push(batch);
        from += length;
      }
      const collector = createCollector(limits, () => 0);
      const taken: number[][] = [];
      const take = () => {
        for (const edge of collector.unknown()) collector.settle(edge, bounds.get(edge.first.offset));
        taken.push(...offsetsOf(collector.take()));
      };
      for (let i = 0; i < offsets.length;) {
        const length = chunks.next().value as number;
        add(collector, offsets.slice(i, i + length));
        i += length;
        if (takes.next().value === true) take();
      }
      for (let i = 0; i <= before.length + 1; i++) take();
      expect(taken.flat()).toEqual(offsets);
      // Only a batch that goes on where the one before ended needs no look-up, so the first is always repeated.
      expect(taken[0]).toEqual(before[0] ?? taken[0]);
      expect(collector.size()).toEqual({ rows: 0, bytes: 0 });
    }),
  );
});

test('a partition waits until the batch that was begun is whole, and does not make the others wait', () => {
  let now = 0;
  const collector = createCollector(limits, () => now);
  add(collector, [10, 11]);
  add(collector, [5, 6], 1);
  for (const edge of collector.unknown()) collector.settle(edge, edge.partition === 0 ? 13 : undefined);
  now = 5000;
  expect(collector.dueIn()).toBe(0);
  expect(offsetsOf(collector.take())).toEqual([[5, 6]]);
  expect(collector.dueIn()).toBeUndefined();
  add(collector, [12, 13, 14]);
  expect(collector.dueIn()).toBe(0);
  expect(offsetsOf(collector.take())).toEqual([[10, 11, 12, 13]]);
  expect(offsetsOf(collector.take())).toEqual([[14]]);
});

test('records go in when there are enough, or when one has waited long enough', () => {
  let now = 0;
  const collector = createCollector({ rows: 3, bytes: 1000, seconds: 2 }, () => now);
  expect(collector.dueIn()).toBeUndefined();
  add(collector, [1]);
  now = 500;
  add(collector, [2]);
  expect(collector.dueIn()).toBe(1500);
  add(collector, [3]);
  expect(collector.dueIn()).toBe(0);
});

test('a step back forgets what lies behind it, and what is committed meanwhile is left out', () => {
  const collector = createCollector(limits, () => 0);
  add(collector, [1, 2, 3, 4]);
  add(collector, [3, 4, 5]);
  collector.committed('analyses', 0, 3);
  nothingBefore(collector);
  expect(offsetsOf(collector.take())).toEqual([[3, 4, 5]]);
  add(collector, [6]);
  expect(collector.clear().map(({ first }) => first.offset)).toEqual([6]);
  expect(collector.take()).toEqual([]);
});
