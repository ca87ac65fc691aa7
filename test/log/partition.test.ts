import { compatibilityPartitioner } from '@platformatic/kafka';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../services/log/partition.ts';

describe('partition of a key', () => {
  // The vectors of Kafka's own test of its client.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('murmur2 of %s', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('is the one that the Kafka client would choose', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.integer({ min: 1, max: 64 }),
        (key, count) => {
          const message = { topic: 't', key: Buffer.from(key) };
          const theirs = compatibilityPartitioner(message, Buffer.from(key));
          expect(partitionOf(key, count)).toBe(theirs % count);
        },
      ),
    );
  });
});
