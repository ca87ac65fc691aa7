/**
 * The scan of all product x term series: rows of people counted by the embedded ClickHouse, spread, judged by seven
 * detectors on every day of a year, and adjusted over the grid. `node bench/scan.ts [mentions]`. Goal: 2,000 products x
 * 3,000 terms, sparse, 365 days, in under 10 s from query to result. Also the fit of the mixture and all statistics of
 * every pair.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { firedNames, scanSeries, sparseSeries } from '../services/signal/detectors/scan.ts';
import { fitPrior } from '../services/signal/statistics/mixture.ts';
import { measureAll } from '../services/signal/statistics/measure.ts';
import { chdbDatabase } from '../services/store/databases/chdb/chdb.ts';
import { openEngine } from '../services/store/databases/chdb/engine.ts';
import { writeResult } from './shared/result.ts';

const mentions = Number(process.argv[2] ?? 4_000_000);
const products = 2000;
const terms = 3000;
const days = 365;
const folder = mkdtempSync(join(tmpdir(), 'vigil-scan-'));
const database = chdbDatabase(await openEngine({ path: join(folder, 'store') }));

// Names are as unequal as in life: few products and terms have most of the mentions.
await database.command(
  'CREATE TABLE said (product UInt16, term UInt16, day UInt16, author UInt64) ENGINE = MergeTree ORDER BY (product, term, day)',
);
await database.command(
  `INSERT INTO said SELECT toUInt16(${products} * pow(randCanonical(1), 3)), toUInt16(${terms} * pow(randCanonical(2), 2.5)),` +
    ` toUInt16(${days} * randCanonical(3)), rand64(4) % 1000000 FROM numbers(${mentions})`,
);

const times: Record<string, number> = {};
const cpuTimes: Record<string, number> = {};
async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  cpuTimes[name] = (user + system) / 1e6;
  times[name] = (performance.now() - began) / 1000;
  return result;
}

type Columns = { pair: number[]; day: number[]; people: number[] };
const blocks = await timed('query', () =>
  database.query<Columns & Record<string, unknown>>(
    `SELECT groupArray(product * ${terms} + term) AS pair, groupArray(day) AS day, groupArray(people) AS people FROM` +
      ' (SELECT product, term, day, uniqExact(author) AS people FROM said GROUP BY product, term, day) GROUP BY product',
  ),
);
const series = await timed('sort', () =>
  sparseSeries({
    pair: blocks.flatMap(({ pair }) => pair),
    day: blocks.flatMap(({ day }) => day),
    people: blocks.flatMap(({ people }) => people),
  }),
);
const found = await timed('scan', () => scanSeries(series, { days, pairs: products * terms }));
const all = (of: Record<string, number>): number =>
  (of['query'] ?? 0) + (of['sort'] ?? 0) + (of['scan'] ?? 0);

type Margins = { n11: number[]; n1x: number[]; nx1: number[]; n: number };
const [margins] = await database.query<Margins & Record<string, unknown>>(
  'WITH p AS (SELECT product, uniqExact(author) AS ofProduct FROM said GROUP BY product),' +
    ' t AS (SELECT term, uniqExact(author) AS ofTerm FROM said GROUP BY term)' +
    ' SELECT groupArray(ofPair) AS n11, groupArray(ofProduct) AS n1x, groupArray(ofTerm) AS nx1,' +
    ' (SELECT uniqExact(author) FROM said) AS n' +
    ' FROM (SELECT product, term, uniqExact(author) AS ofPair FROM said GROUP BY product, term) AS pairs' +
    ' JOIN p USING product JOIN t USING term',
);
if (!margins) throw new Error('no pairs');
const columns = {
  n11: Float64Array.from(margins.n11),
  n1x: Float64Array.from(margins.n1x),
  nx1: Float64Array.from(margins.nx1),
  n: margins.n,
};
const fit = await timed('fit', () =>
  fitPrior({
    observed: columns.n11,
    expected: columns.n11.map((_, at) => ((columns.n1x[at] ?? 0) * (columns.nx1[at] ?? 0)) / columns.n),
  }),
);
const measured = await timed('statistics', () => measureAll(columns, fit?.prior));
await database[Symbol.asyncDispose]();
rmSync(folder, { recursive: true, force: true });

const alarms = found.fired.reduce((sum, bits) => sum + (firedNames(bits).length > 0 ? 1 : 0), 0);
const rows = [
  ['people per pair and day, counted by ClickHouse', times['query'], cpuTimes['query']],
  ['sorted', times['sort'], cpuTimes['sort']],
  ['judged by seven detectors, adjusted over the grid', times['scan'], cpuTimes['scan']],
  ['in all (goal: under 10 s)', all(times), all(cpuTimes)],
  ['fit of the mixture over all pairs', times['fit'], cpuTimes['fit']],
  ['PRR, ROR, IC, EBGM with intervals of all pairs', times['statistics'], cpuTimes['statistics']],
] as const;
process.stdout.write(
  `${mentions} mentions, ${measured.length} of ${products * terms} pairs, ${series.pair.length} pair-days, ${alarms} with an alarm\n`,
);
process.stdout.write('| step | s | s of processor |\n|---|---|---|\n');
for (const [name, value = 0, cpu = 0] of rows) {
  process.stdout.write(`| ${name} | ${value.toFixed(2)} | ${cpu.toFixed(2)} |\n`);
}
writeResult('scan', {
  mentions,
  pairs: measured.length,
  pairDays: series.pair.length,
  alarms,
  seconds: { ...times, all: all(times) },
  cpuSeconds: { ...cpuTimes, all: all(cpuTimes) },
  load: loadavg()[0],
});
