import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ebgm, mixtureQuantile, posterior } from '../../../services/signal/statistics/ebgm.ts';
import { ic } from '../../../services/signal/statistics/ic.ts';
import { measure, measureAll } from '../../../services/signal/statistics/measure.ts';
import { fitPrior } from '../../../services/signal/statistics/mixture.ts';
import { presets } from '../../../services/signal/statistics/presets.ts';
import { chiSquare, prr } from '../../../services/signal/statistics/prr.ts';
import { ror } from '../../../services/signal/statistics/ror.ts';
import { gammaP } from '../../../services/signal/statistics/special.ts';
import {
  measureStrata,
  stratifiedChiSquare,
  stratifiedExpected,
  stratifiedPrr,
  stratifiedRor,
} from '../../../services/signal/statistics/stratified.ts';
import { expectedOf, tableOf } from '../../../services/signal/statistics/table.ts';
import type { Table } from '../../../services/signal/statistics/table.ts';
import { readGolden } from '../goldens/read.ts';

// Evans, Waller and Davis 2001, table 2: uveitis among reports of rifabutin and of all other drugs.
const rifabutin: Table = { a: 41, b: 14, c: 754, d: 591_958 };
// Deaths under tolbutamide and placebo by age (University Group Diabetes Program 1970), as Rothman works them out.
const tolbutamide: Table[] = [
  { a: 8, b: 98, c: 5, d: 115 },
  { a: 22, b: 76, c: 16, d: 69 },
];

describe('tables of papers', () => {
  test('PRR of rifabutin and uveitis is 586', () => {
    expect(prr(rifabutin).value).toBeCloseTo(586, 0);
    // The printed figure is without the correction for continuity.
    expect(chiSquare(rifabutin)).toBeCloseTo(22_740, 0);
    expect(presets.evans.judge(measure(rifabutin)).fired).toBe(true);
  });

  test('ratios over ages of tolbutamide are 1.33 and 1.40', () => {
    expect(stratifiedPrr(tolbutamide).value).toBeCloseTo(1.33, 2);
    expect(stratifiedRor(tolbutamide).value).toBeCloseTo(1.4, 2);
  });

  // With nobody expected IC025 is the logarithm of the 2.5 % quantile of chi-square with 2 a + 1 degrees of freedom.
  test.each([
    { people: 1, quantile: 0.2158, fired: false },
    { people: 2, quantile: 0.8312, fired: false },
    { people: 3, quantile: 1.6899, fired: true },
  ])('IC025 of $people people where none is expected', ({ people, quantile, fired }) => {
    expect(2 ** ic(people, 0).low).toBeCloseTo(quantile, 3);
    expect(ic(people, 0).low > 0).toBe(fired);
  });
});

test('statistics over strata equal those of R and metafor', () => {
  const { haenszel } = readGolden('detectors') as {
    haenszel: { [name: string]: number } & { cells: number[] };
  };
  const { cells } = haenszel;
  const strata = [0, 4, 8].map((at): Table => {
    const [a = 0, c = 0, b = 0, d = 0] = cells.slice(at, at + 4);
    return { a, b, c, d };
  });
  const odds = stratifiedRor(strata);
  const ratio = stratifiedPrr(strata);
  expect(odds.value).toBeCloseTo(haenszel['ror'] ?? 0, 9);
  expect(odds.low).toBeCloseTo(haenszel['lo'] ?? 0, 9);
  expect(odds.high).toBeCloseTo(haenszel['hi'] ?? 0, 9);
  expect(ratio.value).toBeCloseTo(haenszel['prr'] ?? 0, 9);
  expect(ratio.low).toBeCloseTo(haenszel['prrLo'] ?? 0, 9);
  expect(ratio.high).toBeCloseTo(haenszel['prrHi'] ?? 0, 9);
  expect(stratifiedChiSquare(strata)).toBeCloseTo(haenszel['chi2'] ?? 0, 9);
  expect(stratifiedChiSquare(strata, true)).toBeCloseTo(haenszel['chi2Yates'] ?? 0, 9);
  const all = measureStrata(strata);
  expect(all.expected).toBeCloseTo(stratifiedExpected(strata), 12);
  expect(all.ic.value).toBeCloseTo(Math.log2((all.table.a + 0.5) / (all.expected + 0.5)), 12);
});

describe('presets', () => {
  const prior = { alpha1: 0.5, beta1: 0.1, alpha2: 2, beta2: 1.7, weight: 0.2 };
  const strong = measure(tableOf(12, 60, 80, 20_000), { prior });
  const few = measure(tableOf(2, 4, 5, 20_000), { prior });
  const none = measure(tableOf(12, 3000, 80, 20_000), { prior });
  test.each(Object.values(presets))('$id says why, with people and interval', (preset) => {
    expect(preset.id).toBe(`${preset.name}@${preset.version}`);
    expect(preset.judge(strong).fired).toBe(true);
    expect(preset.judge(none).fired).toBe(false);
    expect(preset.judge(strong).why).toMatch(/12 people/);
    expect(preset.judge(strong).why).toMatch(/\d+ % [\d.]+ to [\d.]+/);
  });
  test.each([presets.evans, presets.ema, presets.ror, presets.mhra])(
    '$id asks for enough people',
    (preset) => {
      expect(preset.judge(few).fired).toBe(false);
      expect(preset.judge(few).why).toMatch(/2 people < [35]/);
    },
  );
  test('MHRA does not fire where no mixture was fitted', () => {
    expect(presets.mhra.judge(measure(tableOf(12, 60, 80, 20_000)))).toMatchObject({ fired: false });
  });
});

describe('properties', () => {
  const counts = fc
    .record({
      a: fc.integer({ min: 0, max: 500 }),
      b: fc.integer({ min: 0, max: 5000 }),
      c: fc.integer({ min: 0, max: 5000 }),
      d: fc.integer({ min: 1, max: 1_000_000 }),
    })
    .filter(({ a, b, c }) => a + b + c > 0);

  test('every interval holds its estimate and is finite', () => {
    const prior = { alpha1: 0.5, beta1: 0.1, alpha2: 2, beta2: 1.7, weight: 0.2 };
    fc.assert(
      fc.property(counts, (table) => {
        const { prr: ratio, ror: odds, ic: component, ebgm: mean } = measure(table, { prior });
        for (const { value, low, high } of [ratio, odds, component, mean ?? ratio]) {
          expect(low).toBeLessThanOrEqual(value + 1e-12);
          expect(value).toBeLessThanOrEqual(high + 1e-12);
          expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
        }
      }),
    );
  });

  test('turning the table over turns the odds ratio over', () => {
    fc.assert(
      fc.property(counts, ({ a, b, c, d }) => {
        expect(ror({ a: b, b: a, c: d, d: c }).value * ror({ a, b, c, d }).value).toBeCloseTo(1, 9);
      }),
    );
  });

  test('a quantile of the mixture has its probability below it', () => {
    const positive = fc.double({ min: 0.01, max: 30, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        positive,
        positive,
        positive,
        positive,
        positive,
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.constantFrom(0.05, 0.5, 0.95),
        (observed, expected, alpha1, beta1, alpha2, beta2, weight, p) => {
          const mixture = posterior(observed, expected, { alpha1, beta1, alpha2, beta2, weight });
          const x = mixtureQuantile(p, mixture);
          const below =
            mixture.weight * gammaP(mixture.shape1, mixture.rate1 * x) +
            (1 - mixture.weight) * gammaP(mixture.shape2, mixture.rate2 * x);
          expect(below).toBeCloseTo(p, 7);
        },
      ),
      // The quantile lies sixty orders of magnitude below that of the second distribution.
      { examples: [[0, 0.01, 0.01, 0.01, 0.019045475940159762, 0.01, 0.9836114487971026, 0.05]] },
    );
  });

  test('cells stay at zero or more where people are in both margins and not in the pair', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(100), fc.nat(100), fc.nat(120), (n11, n1x, nx1, n) => {
        const cells = Object.values(tableOf(n11, n1x, nx1, n));
        expect(Math.min(...cells)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('fit of the mixture', () => {
  test('needs pairs', () => {
    expect(fitPrior({ observed: [1, 2, 3], expected: [1, 1, 1] })).toBeUndefined();
  });

  test('grouping of many pairs changes EBGM by less than 1e-3', () => {
    // Ratios as of a mixture, on a fine grid of expectations; three times over it is enough to be grouped.
    const ratios = [0.2, 0.5, 0.7, 0.9, 1, 1, 1.1, 1.3, 1.6, 2.5, 6, 14];
    const observed: number[] = [];
    const expected: number[] = [];
    for (let at = 0; at < 8000; at++) {
      const e = Math.exp((at / 8000) * 7 - 3);
      expected.push(e);
      observed.push(Math.max(1, Math.round(e * (ratios[(at * 7919) % ratios.length] ?? 1))));
    }
    const thrice = (values: number[]): number[] => [...values, ...values, ...values];
    const exact = fitPrior({ observed, expected });
    const grouped = fitPrior({ observed: thrice(observed), expected: thrice(expected) });
    if (!grouped || !exact) throw new Error('no fit');
    expect(grouped.pairs).toBe(24_000);
    for (const [n, e] of [
      [1, 0.1],
      [3, 1],
      [12, 2.5],
    ] as const) {
      const ratio = ebgm(n, e, grouped.prior).value / ebgm(n, e, exact.prior).value;
      expect(Math.abs(ratio - 1)).toBeLessThan(1e-3);
    }
  });

  test('columns are measured in their order', () => {
    const columns = {
      n11: Float64Array.of(3, 9),
      n1x: Float64Array.of(40, 50),
      nx1: Float64Array.of(30, 20),
      n: 9000,
    };
    const [first, second] = measureAll(columns);
    expect(first).toEqual(measure(tableOf(3, 40, 30, 9000)));
    expect(second?.expected).toBe(expectedOf(tableOf(9, 50, 20, 9000)));
  });
});
