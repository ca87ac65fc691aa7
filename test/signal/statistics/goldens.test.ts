import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { benjaminiHochberg } from '../../../services/signal/detectors/multiplicity.ts';
import * as distributions from '../../../services/signal/statistics/distributions.ts';
import { ebgm } from '../../../services/signal/statistics/ebgm.ts';
import type { Prior } from '../../../services/signal/statistics/ebgm.ts';
import { bcpnn, ic } from '../../../services/signal/statistics/ic.ts';
import { fitPrior, logLikelihood } from '../../../services/signal/statistics/mixture.ts';
import { chiSquare, prr } from '../../../services/signal/statistics/prr.ts';
import { ror } from '../../../services/signal/statistics/ror.ts';
import * as special from '../../../services/signal/statistics/special.ts';
import { expectedOf, tableOf } from '../../../services/signal/statistics/table.ts';
import { largestDifference, readGolden, readGoldenTable } from '../goldens/read.ts';

type Five = [number, number, number, number, number];
type Head = { n: number; prior: Five; fit: Five; fitLogLikelihood: number };
type Columns = Readonly<Record<string, ArrayLike<number>>>;

const closedForm = 1e-6;
/** Of EBGM and its quantiles where vigipy fitted the mixture and we did, relative. */
const fitted = 1e-3;

const invented = readGolden('disproportionality') as Head & { columns: Record<string, number[]> };
const vaers = readGoldenTable('vaers-2020');
const cases = [
  { name: '200 invented pairs', head: invented as Head, columns: invented.columns as Columns },
  { name: 'every pair of VAERS 2020', head: vaers.head as Head, columns: vaers.columns as Columns },
];

const priorOf = ([alpha1, beta1, alpha2, beta2, weight]: Five): Prior => ({
  alpha1,
  beta1,
  alpha2,
  beta2,
  weight,
});
const column = (columns: Columns, name: string): ArrayLike<number> => {
  const found = columns[name];
  if (!found) throw new Error(`no recorded column ${name}`);
  return found;
};

describe.each(cases)('$name', ({ head, columns }) => {
  const n11 = column(columns, 'n11');
  const tables = Array.from(n11, (count, at) =>
    tableOf(count, column(columns, 'n1x')[at] ?? 0, column(columns, 'nx1')[at] ?? 0, head.n),
  );
  const expected = tables.map(expectedOf);

  const ratios = tables.map((table) => ({ prr: prr(table), ror: ror(table) }));
  const bate = tables.map(bcpnn);
  const shrunk = tables.map((table, at) => ic(table.a, expected[at] ?? 0));
  const closed: Record<string, ArrayLike<number>> = {
    prr: ratios.map((one) => one.prr.value),
    prr_lo: ratios.map((one) => one.prr.low),
    prr_hi: ratios.map((one) => one.prr.high),
    ror: ratios.map((one) => one.ror.value),
    ror_lo: ratios.map((one) => one.ror.low),
    ror_hi: ratios.map((one) => one.ror.high),
    bcpnn025: bate.map((one) => one.low),
    bcpnn_p0: bate.map(({ value, low }) =>
      distributions.normalCdf((-value * distributions.z975) / (value - low)),
    ),
    ic025: shrunk.map((one) => one.low),
    ic975: shrunk.map((one) => one.high),
    chi2: tables.map((table) => chiSquare(table)),
    chi2_yates: tables.map((table) => chiSquare(table, true)),
  };
  // Bounds of an information component and chi-squares pass through zero: those are compared in absolute terms below 1.
  const floors: Record<string, number> = {
    bcpnn025: 1,
    ic025: 1,
    ic975: 1,
    chi2: 1,
    chi2_yates: 1,
    bcpnn_p0: 1e-3,
  };
  test.each(Object.keys(closed))('%s equals the recorded values', (name) => {
    const ours = closed[name] ?? [];
    expect(largestDifference(ours, column(columns, name), floors[name] ?? 1e-9)).toBeLessThan(closedForm);
  });

  test('EBGM at the recorded prior equals the recorded values', () => {
    const ours = tables.map((table, at) => ebgm(table.a, expected[at] ?? 0, priorOf(head.prior)));
    const value = ours.map((one) => one.value);
    const low = ours.map((one) => one.low);
    const high = ours.map((one) => one.high);
    expect(largestDifference(value, column(columns, 'ebgm'))).toBeLessThan(closedForm);
    expect(largestDifference(low, column(columns, 'eb05_exact'))).toBeLessThan(closedForm);
    expect(largestDifference(high, column(columns, 'eb95_exact'))).toBeLessThan(closedForm);
    // vigipy's own search for the quantiles stops at 1e-5 of probability.
    expect(largestDifference(low, column(columns, 'eb05'))).toBeLessThan(fitted);
    expect(largestDifference(high, column(columns, 'eb95'))).toBeLessThan(fitted);
  });

  test('the fitted mixture gives the EBGM of the recorded fit, at no smaller likelihood', () => {
    const pairs = columns['pairs'];
    const repeat = (values: ArrayLike<number>): number[] =>
      Array.from(values).flatMap((value, at) => Array.from({ length: pairs?.[at] ?? 1 }, () => value));
    const counts = { observed: repeat(n11), expected: repeat(expected) };
    const fit = fitPrior(counts);
    if (!fit) throw new Error('no fit');
    expect(fit.converged).toBe(true);
    expect(logLikelihood(counts, priorOf(head.fit))).toBeCloseTo(head.fitLogLikelihood, 7);
    expect(fit.logLikelihood).toBeGreaterThan(head.fitLogLikelihood - 1e-9);
    const ours = tables.map((table, at) => ebgm(table.a, expected[at] ?? 0, fit.prior));
    const theirs = pairs ? ['ebgm', 'eb05', 'eb95'] : ['fit_ebgm', 'fit_eb05', 'fit_eb95'];
    for (const [at, key] of (['value', 'low', 'high'] as const).entries()) {
      const values = ours.map((one) => one[key]);
      expect(largestDifference(values, column(columns, theirs[at] ?? ''))).toBeLessThan(fitted);
    }
  });
});

const shared = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data', 'signals');
const file = join(process.env['VIGILSTREAM_TEST_SIGNALS'] ?? shared, 'vaers_2020_pairs.tsv');
test.runIf(existsSync(file))('the recorded values are of every pair of the file', () => {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(2);
  const triples = lines.map((line) => line.split('\t').slice(2).join(' ')).sort();
  const { n11, n1x, nx1, pairs } = vaers.columns;
  const recorded = Array.from(n11 ?? [], (count, at) =>
    Array.from({ length: pairs?.[at] ?? 0 }, () => `${count} ${n1x?.[at]} ${nx1?.[at]}`),
  );
  expect(recorded.flat().sort()).toEqual(triples);
});

describe('special functions and distributions', () => {
  const values = readGolden('special') as Record<string, number[][]>;
  const functions: Record<string, (...given: number[]) => number> = {
    logGamma: (x = 0) => special.logGamma(x),
    digamma: (x = 0) => special.digamma(x),
    trigamma: (x = 0) => special.trigamma(x),
    gammaP: (a = 0, x = 0) => special.gammaP(a, x),
    gammaQ: (a = 0, x = 0) => special.gammaQ(a, x),
    betaI: (a = 0, b = 0, x = 0) => special.betaI(a, b, x),
    gammaQuantile: (p = 0, shape = 0, rate = 0) => distributions.gammaQuantile(p, shape, rate),
    normalQuantile: (p = 0) => distributions.normalQuantile(p),
    normalUpper: (z = 0) => distributions.normalUpper(z),
    chiSquareUpper: (x = 0) => distributions.chiSquareUpper(x),
    studentQuantile: (p = 0, df = 0) => distributions.studentQuantile(p, df),
    poissonUpper: (k = 0, mean = 0) => distributions.poissonUpper(k, mean),
    negativeBinomialUpper: (k = 0, mean = 0, size = 0) => distributions.negativeBinomialUpper(k, mean, size),
  };
  test.each(Object.keys(functions))('%s equals SciPy', (name) => {
    const rows = values[name] ?? [];
    expect(rows.length).toBeGreaterThan(4);
    const floor = name === 'logGamma' ? 1 : 1e-250;
    const ours = rows.map((row) => functions[name]?.(...row.slice(0, -1)) ?? Number.NaN);
    expect(
      largestDifference(
        ours,
        rows.map((row) => row.at(-1) ?? 0),
        floor,
      ),
    ).toBeLessThan(1e-10);
  });

  test('Benjamini and Hochberg equals SciPy, also where tests that cannot fire are left out', () => {
    const [p = [], q = []] = values['benjaminiHochberg'] ?? [];
    expect(largestDifference(benjaminiHochberg(p), q)).toBeLessThan(1e-12);
    const without = p.filter((value) => value < 1);
    const ofThose = q.filter((_, at) => (p[at] ?? 1) < 1);
    expect(largestDifference(benjaminiHochberg(without, p.length), ofThose)).toBeLessThan(1e-12);
  });
});
