import { describe, expect, test } from 'vitest';
import type { Delivered, Source, SourceBatch } from '../../services/ingest/source.ts';

export type SourceCase = {
  readonly name: string;
  /** Opens the same source again and again; with `batchRecords` of 1 every message is a batch. */
  open(options: { batchRecords: number }): Promise<Source>;
  /** How many records it delivers. */
  readonly records: number;
};

const forever = new AbortController().signal;

async function readAll(source: Source, cursor?: string, signal = forever): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  for await (const batch of source.read(cursor, signal)) batches.push(batch);
  return batches;
}

const recordsOf = (batches: readonly SourceBatch[]): Delivered[] =>
  batches.flatMap(({ records }) => [...records]);

/** What every source promises: every record once, in order, from any cursor on, and an end when it is told to. */
export function sourceContract({ name, open, records }: SourceCase): void {
  describe(`source ${name}`, () => {
    test('delivers every record', async () => {
      await using source = await open({ batchRecords: 100 });
      expect(recordsOf(await readAll(source))).toHaveLength(records);
    });

    test('the size of the batches changes nothing', async () => {
      await using small = await open({ batchRecords: 1 });
      await using large = await open({ batchRecords: 10_000 });
      expect(recordsOf(await readAll(small))).toEqual(recordsOf(await readAll(large)));
    });

    test('goes on from every cursor with exactly what follows', async () => {
      await using source = await open({ batchRecords: 1 });
      const batches = await readAll(source);
      const all = recordsOf(batches);
      let delivered = 0;
      for (const { cursor, records: own } of batches) {
        delivered += own.length;
        await using again = await open({ batchRecords: 3 });
        expect(recordsOf(await readAll(again, cursor))).toEqual(all.slice(delivered));
      }
    });

    test('the cursor at the end delivers nothing more', async () => {
      await using source = await open({ batchRecords: 7 });
      const last = (await readAll(source)).at(-1);
      expect(recordsOf(await readAll(source, last?.cursor))).toEqual([]);
    });

    test('ends with its signal, and the rest can be had later', async () => {
      await using source = await open({ batchRecords: 1 });
      const all = recordsOf(await readAll(source));
      const stop = new AbortController();
      const first: SourceBatch[] = [];
      for await (const batch of source.read(undefined, stop.signal)) {
        first.push(batch);
        stop.abort();
      }
      expect(first.length).toBeLessThanOrEqual(2);
      const rest = await readAll(source, first.at(-1)?.cursor);
      expect([...recordsOf(first), ...recordsOf(rest)]).toEqual(all);
    });

    test('can be left in the middle', async () => {
      await using source = await open({ batchRecords: 1 });
      for await (const batch of source.read(undefined, forever)) {
        expect(batch.records.length).toBeGreaterThan(0);
        break;
      }
      expect(recordsOf(await readAll(source))).toHaveLength(records);
    });

    test('two readers do not disturb each other', async () => {
      await using source = await open({ batchRecords: 2 });
      const [one, two] = await Promise.all([readAll(source), readAll(source)]);
      expect(recordsOf(one)).toEqual(recordsOf(two));
    });
  });
}
