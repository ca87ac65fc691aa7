import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blank } from '../../services/infer/blank.ts';
import { createGate, inSample } from '../../services/infer/gate.ts';

const weights = Int8Array.from({ length: 1 << 12 }, (_, i) => ((i * 2_654_435_761) >>> 7) % 41).map(
  (w) => w - 20,
);
const model = { weights, scale: 0.01, bias: -1.2, threshold: 0 };

function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The gate as its contract says it, with strings and a set. */
function plainScore(text: string): { score: number; features: number } {
  const words =
    blank(text)
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const features = new Set<string>(words);
  for (let i = 1; i < words.length; i++) features.add(`${words[i - 1]} ${words[i]}`);
  let sum = 0;
  for (const feature of features) sum += weights[fnv1a32(feature) & (weights.length - 1)] ?? 0;
  return { score: model.bias + model.scale * sum, features: features.size };
}

describe('gate', () => {
  test('scores as its contract says', () => {
    const score = createGate(model);
    const parts = [
      'Feeling',
      'sick',
      'sick',
      '2nd',
      'dose',
      ' ',
      ' ',
      '-',
      '#',
      '@user',
      '[link]',
      'İ',
      '\u212a',
      'é',
      '😭',
      '\n',
      'http',
    ];
    const texts = fc.oneof(
      fc.array(fc.constantFrom(...parts), { maxLength: 60 }).map((some) => some.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .integer({ min: 0, max: 2000 })
        .map((n) => Array.from({ length: n }, (_, i) => `w${i % 1700}`).join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const expected = plainScore(text);
        const found = score(text);
        expect(found.features).toBe(expected.features);
        expect(found.score).toBeCloseTo(expected.score, 9);
      }),
      { numRuns: 300 },
    );
  });

  test('the slice of refused posts has the share asked for, and is always the same', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `demo:${170_000_000_000 + i}`);
    const drawn = ids.filter((id) => inSample(id, 0.01));
    // Five standard deviations of a binomial of 100,000 at 1 %.
    expect(Math.abs(drawn.length - 1000)).toBeLessThan(160);
    expect(ids.filter((id) => inSample(id, 0.01))).toEqual(drawn);
    // A larger slice holds the smaller one, so that raising the share keeps the history comparable.
    expect(drawn.every((id) => inSample(id, 0.05))).toBe(true);
    expect(ids.some((id) => inSample(id, 0))).toBe(false);
    expect(ids.every((id) => inSample(id, 1))).toBe(true);
  });
});
