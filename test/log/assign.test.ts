import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../../services/log/assign.ts';

const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 });
const members = (names: readonly string[]) => names.map((id) => ({ id, topics: ['posts'] }));
const loads = (holders: readonly (string | undefined)[]) =>
  [...Map.groupBy(holders, (id) => id).values()].map(({ length }) => length);

describe('sharing partitions', () => {
  test('gives every partition to a member, evenly', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 20 }), (names, count) => {
        const shared = assign('posts', members(names), Array.from({ length: count }));
        expect(shared.every((id) => names.some((name) => name === id))).toBe(true);
        const sizes = [
          ...loads(shared),
          ...Array.from({ length: Math.max(0, names.length - count) }, () => 0),
        ];
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('moves no more than it must when members come and go', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 20 }), (before, after, count) => {
        const held = assign('posts', members(before), Array.from({ length: count }));
        const shared = assign('posts', members(after), held);
        const least = Math.floor(count / after.length);
        // Whoever stays keeps at least an even share of what it had.
        for (const id of after) {
          const had = held.filter((one) => one === id).length;
          const kept = shared.filter((one, i) => one === id && held[i] === id).length;
          expect(kept).toBeGreaterThanOrEqual(Math.min(had, least));
        }
        expect(assign('posts', members(after), shared)).toEqual(shared);
      }),
    );
  });

  test('leaves partitions of a topic that nobody reads alone', () => {
    expect(assign('drops', members(['a']), ['a', undefined])).toEqual([undefined, undefined]);
  });
});
