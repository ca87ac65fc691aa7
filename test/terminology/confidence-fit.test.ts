import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitOf } from '../../scripts/term-confidence/fit.ts';
import { calibrationOf } from '../../scripts/term-confidence/isotonic.ts';
import { logisticOf } from '../../scripts/term-confidence/logistic.ts';
import { readMentions, type Searched } from '../../scripts/term-confidence/mentions.ts';
import { report } from '../../scripts/term-confidence/report.ts';
import { calibrationError, crossAnswers, shareOf } from '../../scripts/term-confidence/scores.ts';
import { sourceOf } from '../../scripts/term-confidence/write.ts';
import { confidenceFit } from '../../services/terminology/confidence-fit.ts';
import { createDraws } from '../../services/signal/backtest/random.ts';

/** Mentions whose candidates are right as often as the sum of their scores, halved, says. */
function madeUp(count: number): Searched[] {
  const draws = createDraws(7);
  return Array.from({ length: count }, (_, n) => {
    const found = Array.from({ length: 3 }, () => {
      const [words, vector] = [draws.uniform(), draws.uniform()];
      return { words, vector, isRight: draws.uniform() < (words + vector) / 2 };
    });
    return { set: n % 4 === 0 ? 'own-plain' : 'real-made-up', post: n >> 1, hasVector: true, found };
  });
}

describe('the calibration of a score', () => {
  const outcome = fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.boolean());

  it('never falls, whatever was right, and has few points', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 200 }), (outcomes) => {
        const points = calibrationOf(outcomes);
        expect(points.length).toBeGreaterThan(0);
        expect(points.length).toBeLessThanOrEqual(8);
        points.slice(1).forEach(([score, share], i) => {
          expect(score).toBeGreaterThan(points[i]?.[0] ?? 0);
          expect(share).toBeGreaterThanOrEqual(points[i]?.[1] ?? 0);
        });
        for (const [, share] of points) expect(share > 0 && share < 1).toBe(true);
      }),
    );
  });

  it('follows the shares', () => {
    const draws = createDraws(3);
    const outcomes = Array.from({ length: 4000 }, () => {
      const score = draws.uniform();
      return [score, draws.uniform() < score * score] as const;
    });
    for (const [score, share] of calibrationOf(outcomes))
      expect(Math.abs(share - score * score)).toBeLessThan(0.08);
  });

  it('takes equal scores as one, whatever their order', () => {
    const mixed = Array.from({ length: 40 }, (_, n) => [1, n % 4 > 0] as const);
    const lower = Array.from({ length: 40 }, (_, n) => [0.5, n % 4 === 0] as const);
    const expected = [
      [0.5, 0.256],
      [1, 0.744],
    ];
    expect(calibrationOf([...lower, ...mixed])).toEqual(expected);
    expect(calibrationOf([...mixed.toReversed(), ...lower.toReversed()])).toEqual(expected);
  });
});

describe('logistic regression', () => {
  it('finds the weights that outcomes were drawn with', () => {
    const draws = createDraws(5);
    const x = Array.from({ length: 20_000 }, () => [draws.normal(), draws.normal()]);
    const right = x.map(([a = 0, b = 0]) => draws.uniform() < 1 / (1 + Math.exp(-(0.5 + 1.2 * a + 0.3 * b))));
    const [bias = 0, first = 0, second = 0] = logisticOf(x, right);
    expect([bias - 0.5, first - 1.2, second - 0.3].every((off) => Math.abs(off) < 0.1)).toBe(true);
  });

  it('gives no evidence a weight against itself', () => {
    const x = Array.from({ length: 100 }, (_, n) => [n / 100, 1 - n / 100]);
    const [, first = -1, second = -1] = logisticOf(
      x,
      x.map((_, n) => n % 10 < n / 10),
    );
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(0);
  });
});

describe('the confidence of terms', () => {
  const searched = madeUp(1200);

  it('is right about posts that it was not fitted on', () => {
    const answers = crossAnswers(searched);
    expect(answers).toHaveLength(searched.length);
    expect(calibrationError(answers)).toBeLessThan(0.06);
    const doubled = answers.map((one) => ({ ...one, confidence: one.confidence / 2 }));
    expect(calibrationError(doubled)).toBeGreaterThan(0.2);
  });

  it('weighs both searches', () => {
    const { joint } = fitOf(searched);
    expect(joint.words).toBeGreaterThan(0.2);
    expect(joint.vector).toBeGreaterThan(0.2);
  });

  it('is written as a module', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'confidence-'));
    const fit = fitOf(searched);
    await writeFile(join(folder, 'fit.ts'), sourceOf(fit, 'Made up.'));
    const module = (await import(join(folder, 'fit.ts'))) as { confidenceFit: unknown };
    await rm(folder, { recursive: true });
    expect(module.confidenceFit).toEqual(fit);
  });

  it('is reported for every set and for all', () => {
    const text = report(searched, { before: confidenceFit, confidence: 0.5 });
    for (const set of ['own-plain', 'real-made-up', 'all own', 'all real', 'all']) {
      expect(text).toMatch(new RegExp(`^\\| ${set} \\| new, five folds \\| 0\\.\\d{3} `, 'm'));
    }
  });

  it('has intervals that grow with the likeness of a post', () => {
    const values = searched.map((_, n) => n % 100 < 50);
    const width = (list: readonly Searched[]): number => {
      const { low, high } = shareOf(list, values);
      return high - low;
    };
    const lumped = searched.map((one, n) => ({ ...one, post: Math.floor(n / 50) }));
    expect(width(lumped)).toBeGreaterThan(2 * width(searched));
  });
});

it('names the line that is no mention, without its text', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mentions-'));
  const file = join(folder, 'mentions.ndjson');
  const mention = { set: 'own-plain', post: 3, text: 'secret rash', start: 7, end: 11, concepts: ['VS0363'] };
  await writeFile(file, `${JSON.stringify(mention)}\n`);
  expect(await readMentions(file)).toEqual([mention]);
  await writeFile(file, `${JSON.stringify(mention)}\n{"text": "secret`);
  await expect(readMentions(file)).rejects.toThrow(/^line 2 is not one that vigil_training.mentions writes$/);
  await rm(folder, { recursive: true });
});
