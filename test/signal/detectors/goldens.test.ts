import { describe, expect, test } from 'vitest';
import { cusum } from '../../../services/signal/detectors/cusum.ts';
import { earsReweighted } from '../../../services/signal/detectors/ears-reweighted.ts';
import { ears } from '../../../services/signal/detectors/ears.ts';
import type { EarsVariant } from '../../../services/signal/detectors/ears.ts';
import { poissonTest } from '../../../services/signal/detectors/exact.ts';
import { farrington } from '../../../services/signal/detectors/farrington.ts';
import type { FarringtonOptions } from '../../../services/signal/detectors/farrington.ts';
import { detect } from '../../../services/signal/detectors/series.ts';
import { readGolden } from '../goldens/read.ts';

type Values = (number | null)[];
type Bounds = { upper: Values; alarm: Values };
type FarringtonValues = Record<
  string,
  Record<string, Bounds & { first: number; expected: Values; p: Values }>
>;

type Golden = {
  daily: Record<string, number[]>;
  weekly: Record<string, number[]>;
  ears: Record<string, Record<EarsVariant, Bounds>>;
  cusum: Record<string, Record<'rossi' | 'standard', Bounds & { mean: number }>>;
  reweighted: Record<string, Record<'days' | 'weekdays', Bounds>>;
  farrington: FarringtonValues;
  farringtonPapers: FarringtonValues;
  poisson: { recent: number[]; before: number[]; p: number[] };
};
const golden = readGolden('detectors') as Golden;

const closedForm = 1e-6;

/** The recorded values that there are, each with ours. */
function pairsOf(theirs: Values, ours: ArrayLike<number>): [number, number][] {
  return theirs.flatMap((value, at): [number, number][] =>
    value === null ? [] : [[value, ours[at] ?? Number.NaN]],
  );
}

function expectEqual(theirs: Values, ours: ArrayLike<number>): void {
  const pairs = pairsOf(theirs, ours);
  expect(pairs.length).toBeGreaterThan(5);
  for (const [value, own] of pairs)
    expect(Math.abs(own - value)).toBeLessThanOrEqual(closedForm * Math.max(1, value));
}

function expectSameAlarms({ alarm, upper }: Bounds, ours: ArrayLike<number>): void {
  const known = alarm.map((value, at) => (upper[at] === null ? null : value));
  expect(pairsOf(known, ours).filter(([value, own]) => value !== own)).toEqual([]);
}

describe.each(Object.entries(golden.daily))('series %s', (name, series) => {
  test.each(['C1', 'C2'] as const)('EARS %s equals surveillance', (variant) => {
    const theirs = golden.ears[name]?.[variant] as Bounds;
    const ours = detect(series, ears(variant, { minSigma: 0 }));
    expectEqual(theirs.upper, ours.upper);
    expectSameAlarms(theirs, ours.alarm);
  });

  // surveillance 1.20 adds C3's bound to the day's own count where its documentation and the papers have the baseline's
  // mean; the bounds differ by exactly that.
  test('EARS C3 equals surveillance but for the centre of the bound', () => {
    const theirs = golden.ears[name]?.C3 as Bounds;
    const ours = detect(series, ears('C3', { minSigma: 0 }));
    const moved = series.map((y, at) => {
      const mean = ours.expected[at] ?? Number.NaN;
      return Math.max(0, y + (ours.upper[at] ?? Number.NaN) - mean);
    });
    const unclamped = theirs.upper.map((value, at) => ((ours.upper[at] ?? 0) > 0 ? value : null));
    expectEqual(unclamped, moved);
  });

  test.each(['days', 'weekdays'] as const)('reweighted EARS by %s equals epitweetr', (kind) => {
    const theirs = golden.reweighted[name]?.[kind] as Bounds;
    const ours = detect(series, earsReweighted({ minSigma: 0, sameWeekday: kind === 'weekdays' }));
    expectEqual(theirs.upper, ours.upper);
    expectSameAlarms(theirs, ours.alarm);
  });

  test.each(['rossi', 'standard'] as const)('CUSUM by %s equals surveillance', (transform) => {
    const theirs = golden.cusum[name]?.[transform] as Bounds & { mean: number };
    const ours = cusum(series, { transform, mean: 'training', baseline: 28, minMean: 0 });
    expectSameAlarms(theirs, ours.alarm);
    expect(ours.expected[28]).toBeCloseTo(theirs.mean, 9);
    // Ours is 0 where the sum alone is an alarm; theirs is the other root of the square there. Theirs is rounded up for
    // the plain transformation.
    const possible = theirs.upper.map((value, at) => (ours.upper[at] === 0 ? null : value));
    if (transform === 'rossi') return expectEqual(possible, ours.upper);
    return expectEqual(
      theirs.upper,
      ours.upper.map((value) => Math.ceil(value - 1e-9)),
    );
  });
});

const controls: Record<string, FarringtonOptions> = {
  delta: { threshold: 'delta' },
  plugin: { threshold: 'plugin' },
  muan: { threshold: 'muan', years: 3, periods: 6, pastNotIncluded: 13, alpha: 0.01 },
  windows: { threshold: 'delta', years: 5, halfWindow: 4, periods: 1, pastNotIncluded: 4 },
};

describe.each([
  ['surveillance', golden.farrington],
  ['papers', golden.farringtonPapers],
] as const)('Farrington with the variance of %s', (variance, values) => {
  const cases = Object.entries(golden.weekly).flatMap(([name, series]) =>
    Object.entries(controls).map(([control, options]) => ({ name, series, control, options })),
  );
  test.each(cases)('$name, $control equals farringtonFlexible', ({ name, series, control, options }) => {
    const theirs = values[name]?.[control];
    if (!theirs) throw new Error('no such recorded values');
    const judge = farrington({ ...options, variance });
    const ours = theirs.upper.map((_, at) => judge(series, theirs.first + at));
    expectEqual(
      theirs.expected,
      ours.map((one) => one?.expected ?? Number.NaN),
    );
    expectEqual(
      theirs.upper,
      ours.map((one) => one?.upper ?? Number.NaN),
    );
    expectEqual(
      theirs.p,
      ours.map((one) => one?.p ?? Number.NaN),
    );
    expectSameAlarms(
      theirs,
      ours.map((one) => (one?.alarm ? 1 : 0)),
    );
  });
});

test('the exact Poisson test equals poisson.test of R', () => {
  const { recent, before, p } = golden.poisson;
  const ours = recent.map((k, at) => poissonTest(k, before[at] ?? 0, 1 / 12).p);
  expectEqual(p, ours);
});
