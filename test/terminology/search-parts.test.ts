import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrated } from '../../services/terminology/calibration.ts';
import { confidenceOf } from '../../services/terminology/confidence.ts';
import { confidenceFit } from '../../services/terminology/confidence-fit.ts';
import { createDotProducts } from '../../services/terminology/dot-products.ts';
import { fold, nameTokens } from '../../services/terminology/fold.ts';
import { createLru } from '../../services/terminology/lru.ts';
import { editDistance } from '../../services/shared/edit-distance.ts';
import { createSpeller } from '../../services/terminology/spelling.ts';

describe('products of vectors', () => {
  it('equal those of plain arithmetic', () => {
    const byte = fc.integer({ min: -128, max: 127 });
    const shape = fc.record({
      count: fc.integer({ min: 0, max: 40 }),
      eights: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(shape, fc.infiniteStream(byte), ({ count, eights }, values) => {
        const dimensions = 8 * eights;
        const take = (n: number): Int8Array => Int8Array.from({ length: n }, () => values.next().value ?? 0);
        const store = createDotProducts(count, dimensions);
        store.rows.set(take(count * dimensions));
        const query = take(dimensions);
        const expected = Array.from({ length: count }, (_, row) =>
          query.reduce((sum, value, i) => sum + value * (store.rows[row * dimensions + i] ?? 0), 0),
        );
        expect([...store.products(query)]).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 7, 12, -8])('need dimensions in eights (%d)', (dimensions) => {
    expect(() => createDotProducts(1, dimensions)).toThrow(RangeError);
  });
});

describe('spelling', () => {
  it.each([
    ['rash', 'rash', 0],
    ['rash', 'rahs', 1],
    ['nausea', 'nausia', 1],
    ['nausea', 'nauseas', 1],
    ['diarrhea', 'diarrea', 1],
    ['headache', 'headake', 2],
    ['rash', 'itch', 3],
  ])('%s and %s are %d apart', (a, b, distance) => {
    expect(editDistance(a, b, 2)).toBe(distance);
    expect(editDistance(b, a, 2)).toBe(distance);
  });

  it('brings an unknown word to known ones, nearest first', () => {
    const words = ['nausea', 'nauseous', 'diarrhea', 'headache', 'hive'];
    const near = (word: string) =>
      createSpeller(words)
        .near(word)
        .map(({ at }) => words[at]);
    expect(near('nausia')[0]).toBe('nausea');
    expect(near('diareha')).toEqual(['diarrhea']);
    expect(near('xyzzy')).toEqual([]);
  });
});

describe('the words of a mention', () => {
  it.each([
    ['I CAN’T sleeeep at all', 'not sleep all'],
    ['cannot sleep', 'not sleep'],
    ['swollen ankles', 'swell ankl'],
    ['Diarrhoea', 'diarrhea'],
    ['diarrhea', 'diarrhea'],
    ['itchy', 'itchi'],
    ['itchiness', 'itchi'],
    ['crème brûlée tummy', 'crem brule stomach'],
    ['the', 'the'],
  ])('%j become %j', (text, words) => {
    expect(nameTokens(text).join(' ')).toBe(words);
  });

  it('are found in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(typeof fold(text)).toBe('string');
        expect(nameTokens(text).every((word) => word !== '')).toBe(true);
      }),
    );
  });
});

describe('confidence', () => {
  it('grows with either evidence and stays a probability', () => {
    const scores = Array.from({ length: 21 }, (_, i) => i / 20);
    for (const score of scores) {
      const row = scores.map((other) => confidenceOf(score, other));
      expect(row).toEqual([...row].sort((a, b) => a - b));
      const column = scores.map((other) => confidenceOf(other, score));
      expect(column).toEqual([...column].sort((a, b) => a - b));
      expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...row)).toBeLessThanOrEqual(1);
    }
  });

  it('is that of the words alone where there is no vector', () => {
    expect(confidenceOf(0.6, undefined)).toBe(calibrated(0.6, confidenceFit.words));
  });

  it.each([
    [0, 0],
    [0.2, 0.1],
    [0.4, 0.2],
    [0.6, 0.5],
    [0.8, 0.8],
    [2, 0.8],
  ])('runs in straight lines between the measured points, level behind them (%d)', (score, probability) => {
    const points = [
      [0.4, 0.2],
      [0.8, 0.8],
    ] as const;
    expect(calibrated(score, points)).toBeCloseTo(probability, 12);
  });
});

describe('the memory of look-ups', () => {
  it('keeps what was asked for last', () => {
    const made: string[] = [];
    const memory = createLru<string, string>(2);
    const ask = (key: string): string =>
      memory.get(key, () => {
        made.push(key);
        return key.toUpperCase();
      });
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map(ask).join('')).toBe('ABACAB');
    expect(made.join('')).toBe('abcb');
  });
});
