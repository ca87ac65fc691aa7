import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pack, unpack } from '../../services/log/logs/sqlite/frame.ts';

const records = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 1000 }),
      time: fc.integer({ min: -1e12, max: 4e12 }),
      key: fc.string({ unit: 'grapheme', maxLength: 20 }),
      value: fc.uint8Array({ maxLength: 64 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((list) => {
    let offset = 0;
    return list.map(({ gap, ...rest }) => ({ ...rest, offset: (offset += gap) }));
  });

describe('frames', () => {
  test('give back what was packed, with gaps between offsets', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 2 ** 41 }), (list, shift) => {
        const shifted = list.map((one) => ({ ...one, offset: one.offset + shift }));
        const base = shifted[0]?.offset ?? 0;
        const back = unpack(pack(shifted, base), base, 'posts', 3);
        expect(
          back?.map(({ offset, time, key, value }) => ({ time, key, value: [...value], offset })),
        ).toEqual(shifted.map(({ offset, time, key, value }) => ({ time, key, value: [...value], offset })));
      }),
    );
  });

  test('are refused when any byte has changed or is missing', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, change) => {
        const frame = Buffer.from(pack(list, 0));
        const at = place % frame.length;
        frame[at] = (frame[at] ?? 0) ^ change;
        expect(unpack(frame, 0, 'posts', 0)).toBeUndefined();
        expect(unpack(pack(list, 0).subarray(0, at), 0, 'posts', 0)).toBeUndefined();
      }),
    );
  });
});
