import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cusum } from '../../../services/signal/detectors/cusum.ts';
import { detectors } from '../../../services/signal/detectors/detectors.ts';
import type { Detector } from '../../../services/signal/detectors/detectors.ts';
import { negativeBinomialTest, poissonTest } from '../../../services/signal/detectors/exact.ts';
import { benjaminiHochberg } from '../../../services/signal/detectors/multiplicity.ts';
import {
  firedNames,
  scanDetectors,
  scanSeries,
  sparseSeries,
} from '../../../services/signal/detectors/scan.ts';
import { detect, toWeeks } from '../../../services/signal/detectors/series.ts';
import type { Detection } from '../../../services/signal/detectors/series.ts';

const all: { name: string; length: number; run: (series: readonly number[]) => Detection }[] = [
  ...Object.entries<Detector>(detectors).map(([name, { bin, create }]) => ({
    name,
    length: bin === 'week' ? 70 : 110,
    run: (series: readonly number[]) => detect(series, create()),
  })),
  { name: 'cusum', length: 110, run: (series) => cusum(series) },
  { name: 'cusum, training', length: 110, run: (series) => cusum(series, { mean: 'training' }) },
];

const seriesOf = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.oneof(fc.nat(4), fc.nat(60)), { minLength: length, maxLength: length });

describe.each(all)('$name', ({ length, run }) => {
  test('never looks ahead: what comes later changes nothing', () => {
    fc.assert(
      fc.property(
        seriesOf(length),
        seriesOf(length),
        fc.integer({ min: 1, max: length }),
        (series, other, cut) => {
          const whole = run(series);
          const changed = run([...series.slice(0, cut), ...other.slice(cut)]);
          for (const key of ['expected', 'upper', 'p', 'alarm'] as const) {
            expect(changed[key].slice(0, cut)).toEqual(whole[key].slice(0, cut));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a flat series raises no alarm and a burst does', () => {
    const flat = Array.from({ length: length + 6 }, (_, day) => 10 + (day % 3));
    expect(run(flat).alarm.every((alarm) => alarm === 0)).toBe(true);
    const burst = flat.map((people, day) => (day >= length ? people * 6 : people));
    const alarms = run(burst).alarm;
    expect(alarms.slice(0, length).every((alarm) => alarm === 0)).toBe(true);
    expect(alarms.slice(length).some((alarm) => alarm === 1)).toBe(true);
  });

  test('one person after silence is no alarm', () => {
    const silence = Array.from({ length: length + 1 }, (_, day) => (day === length ? 1 : 0));
    expect(run(silence).alarm.every((alarm) => alarm === 0)).toBe(true);
  });
});

test('the chance is at most alpha exactly where an exact test alarms, above its bound', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.nat(20), { minLength: 3, maxLength: 12 }), (recent, before) => {
      const sum = before.reduce((total, people) => total + people, 0);
      for (const judged of [
        poissonTest(recent, sum, 1 / before.length, 0.01),
        negativeBinomialTest(recent, before, 0.01),
      ]) {
        expect(judged.alarm).toBe(judged.p <= 0.01);
        expect(judged.alarm).toBe(recent > judged.upper);
      }
    }),
  );
});

test('weeks end with the last day', () => {
  expect([...toWeeks([9, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])]).toEqual([7, 14]);
});

test('adjusted p values are ordered as the p values are and never below them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }),
      fc.nat(100),
      (p, more) => {
        const q = benjaminiHochberg(p, p.length + more);
        for (const [at, value] of p.entries()) {
          expect(q[at]).toBeGreaterThanOrEqual(value);
          for (const [other, than] of p.entries()) {
            if (value <= than) expect(q[at]).toBeLessThanOrEqual(q[other] ?? 0);
          }
        }
      },
    ),
  );
});

describe('a scan of sparse series', () => {
  const days = 120;
  const world = fc.array(
    fc.record({ pair: fc.nat(5), day: fc.nat(days - 1), people: fc.integer({ min: 1, max: 30 }) }),
    { maxLength: 120 },
  );
  const options = { leastPeople: 0, leastPerDay: 0 };

  test('says of each day with somebody what the detectors say of the dense series', () => {
    fc.assert(
      fc.property(world, (entries) => {
        const unique = [...new Map(entries.map((entry) => [`${entry.pair} ${entry.day}`, entry])).values()];
        const found = scanSeries(
          sparseSeries({
            pair: unique.map(({ pair }) => pair),
            day: unique.map(({ day }) => day),
            people: unique.map(({ people }) => people),
          }),
          { days, ...options },
        );
        expect(found.pair.length).toBe(unique.length);
        for (let at = 0; at < found.pair.length; at++) {
          const dense = new Float64Array(days);
          for (const { pair, day, people } of unique) if (pair === found.pair[at]) dense[day] = people;
          const day = found.day[at] ?? 0;
          expect(found.people[at]).toBe(dense[day]);
          const expected = scanDetectors.filter((name) =>
            name === 'cusum' ? cusum(dense).alarm[day] === 1 : detectors[name].create()(dense, day)?.alarm,
          );
          expect(firedNames(found.fired[at] ?? 0)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('judges from the day asked for, leaves out rare pairs, and adjusts over the whole grid', () => {
    const series = sparseSeries({
      pair: [1, 0, 1, 1, 0],
      day: [110, 100, 10, 100, 10],
      people: [1, 40, 1, 1, 2],
    });
    const found = scanSeries(series, { days, from: 90, pairs: 50, leastPeople: 4 });
    expect([...found.pair]).toEqual([0, 1, 1]);
    expect(found.recent[0]).toBe(40);
    expect(found.p[1]).toBe(1);
    expect(found.fired[1]).toBe(0);
    expect(found.q[0]).toBeCloseTo((found.p[0] ?? 0) * 50 * (days - 90), 12);
    expect(firedNames(found.fired[0] ?? 0)).toContain('poisson');
  });
});
