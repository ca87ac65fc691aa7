import { describe, expect, test } from 'vitest';
import { hangingOf, partitionOfGroup } from '../../services/log/logs/kafka/hanging.ts';

const open = (topic: string, partition: number, producerId: bigint, since: bigint) => ({
  topic,
  partition,
  producerId,
  since,
});
const ended = (producerId: bigint, commit: boolean) => ({
  id: `writer|${producerId}`,
  producerId,
  commit,
  isEmpty: false,
});

describe('transactions that hang', () => {
  test('are open in a partition before and after their end was seen, from the same offset on', () => {
    const seen = [open('posts', 0, 1n, 7n), open('posts', 1, 1n, 3n), open('posts', 2, 2n, 5n)];
    const later = [open('posts', 0, 1n, 7n), open('posts', 1, 1n, 9n), open('posts', 2, 2n, 5n)];
    expect(hangingOf(seen, [ended(1n, false), ended(3n, true)], later)).toEqual([
      { ...ended(1n, false), places: [{ topic: 'posts', partition: 0 }] },
    ]);
  });

  test('are none where the coordinator has not ended them, or the partition has', () => {
    const seen = [open('posts', 0, 1n, 7n)];
    expect(hangingOf(seen, [], seen)).toEqual([]);
    expect(hangingOf(seen, [ended(1n, true)], [])).toEqual([]);
    expect(hangingOf([], [ended(1n, true)], seen)).toEqual([]);
  });

  test('keep how they ended', () => {
    const seen = [open('posts', 0, 1n, 7n), open('drops', 0, 2n, 0n)];
    expect(hangingOf(seen, [ended(1n, true), ended(2n, false)], seen).map(({ commit }) => commit)).toEqual([
      true,
      false,
    ]);
  });
});

test.each([
  // Seen on a broker with four partitions for positions.
  ['restart26344-infer', 4, 1],
  ['restart26344-store', 4, 0],
  ['restart27495-infer', 4, 3],
  // "polygenelubricants" has the hash -2^31, whose absolute value does not fit.
  ['polygenelubricants', 50, 0],
  ['', 50, 0],
])('the positions of group "%s" lie, of %i partitions, in %i', (group, partitions, partition) => {
  expect(partitionOfGroup(group, partitions)).toBe(partition);
});
