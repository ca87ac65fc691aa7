import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offsetsOf } from '../../services/shared/text-offsets.ts';

const hostile = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\uD83D', '\uDE00', '😀', '\r\n', 'é')))
  .map((parts) => parts.join(''));

test('code points and UTF-16 units agree with the language itself at every boundary', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const offsets = offsetsOf(text);
      let utf16 = 0;
      let points = 0;
      for (const point of text) {
        expect(offsets.toCodePoints(utf16)).toBe(points);
        expect(offsets.toUtf16(points)).toBe(utf16);
        utf16 += point.length;
        points += 1;
      }
      expect(offsets.toCodePoints(text.length)).toBe(points);
      expect(offsets.toUtf16(points)).toBe(text.length);
    }),
  );
});

test('an offset inside a pair counts as the start of the pair', () => {
  expect(offsetsOf('a😀b').toCodePoints(2)).toBe(1);
});
