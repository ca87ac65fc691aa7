import { describe, expect, test } from 'vitest';
import { committedBatches, type FetchedPartition } from '../../services/log/logs/kafka/fetch.ts';

type Batch = NonNullable<FetchedPartition['records']>[number];

const kinds = { plain: 0, transactional: 0x10, commit: 0x30, abort: 0x30 };

/** A batch of `count` records from `first` on; markers carry their kind in the key. */
function batch(producer: number, kind: keyof typeof kinds, first: number, count = 1): Batch {
  const key = Buffer.from([0, 0, 0, kind === 'commit' ? 1 : 0]);
  return {
    firstOffset: BigInt(first),
    lastOffsetDelta: count - 1,
    attributes: kinds[kind],
    producerId: BigInt(producer),
    records: [{ key }],
  } as unknown as Batch;
}

describe('records of aborted transactions', () => {
  test.each<[string, Batch[], [producer: number, first: number][], number[]]>([
    ['nothing aborted', [batch(1, 'transactional', 0), batch(1, 'commit', 1)], [], [0]],
    [
      'aborted, committed and aborted again by one producer in one fetch',
      [
        batch(1, 'transactional', 0, 5),
        batch(1, 'abort', 5),
        batch(1, 'transactional', 6, 2),
        batch(1, 'commit', 8),
        batch(1, 'transactional', 9),
        batch(1, 'abort', 10),
        batch(1, 'transactional', 11),
      ],
      [
        [1, 0],
        [1, 9],
      ],
      [6, 11],
    ],
    [
      'two producers whose transactions overlap',
      [
        batch(1, 'transactional', 0),
        batch(2, 'transactional', 1),
        batch(1, 'transactional', 2),
        batch(1, 'abort', 3),
        batch(2, 'transactional', 4),
        batch(2, 'commit', 5),
      ],
      [[1, 0]],
      [1, 4],
    ],
    [
      'a marker beyond the fetch',
      [batch(1, 'transactional', 0), batch(2, 'transactional', 1)],
      [[1, 0]],
      [1],
    ],
    [
      'a transaction that began before the fetch',
      [batch(1, 'transactional', 7), batch(1, 'abort', 8)],
      [[1, 2]],
      [],
    ],
    ['records without a transaction', [batch(1, 'plain', 0), batch(1, 'transactional', 1)], [[1, 1]], [0]],
  ])('%s', (_name, records, aborted, expected) => {
    const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({
      producerId: BigInt(producerId),
      firstOffset: BigInt(firstOffset),
    }));
    const kept = committedBatches({ records, abortedTransactions });
    expect(kept.map(({ firstOffset }) => Number(firstOffset))).toEqual(expected);
  });
});
