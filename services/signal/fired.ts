import { earsReweighted } from './detectors/ears-reweighted.ts';
import { ears } from './detectors/ears.ts';
import { negativeBinomialTest, poissonTest } from './detectors/exact.ts';
import type { Judge } from './detectors/series.ts';
import { weeksBefore } from './change.ts';
import { bins, earlier, lastDays, recentDays, type Grid } from './grid.ts';

const daily: readonly (readonly [name: string, judge: Judge])[] = [
  ['ears-c1', ears('C1')],
  ['ears-c2', ears('C2')],
  ['ears-c3', ears('C3')],
  ['ears-reweighted', earsReweighted()],
];
const fewestWeeks = 4;

/** Names of the detectors that a scan runs beside its criteria, for the tables. */
export const detectorNames = [...daily.map(([name]) => name), 'poisson', 'negative-binomial'];

/** Detectors that fire for a pair on the day of the grid, by their published defaults and without any correction. */
export function detectorsOf(grid: Grid, pair: number): string[] {
  const { pairs } = grid;
  const recent = lastDays(pairs, pair, 7);
  if (recent === 0) return [];
  const length = Math.min(recentDays, grid.historyDays);
  const offset = pair * bins + length - 1;
  const days = Float64Array.from({ length }, (_, at) => pairs.series[offset - at] ?? 0);
  const fired = daily.flatMap(([name, judge]) => (judge(days, days.length - 1)?.alarm ? [name] : []));
  const weeks = weeksBefore(grid);
  if (weeks < fewestWeeks) return fired;
  const before = earlier(pairs, pair, weeks);
  const weekly = pairs.series.subarray(pair * bins + recentDays, pair * bins + recentDays + weeks);
  if (poissonTest(recent, before, 1 / weeks).alarm) fired.push('poisson');
  if (negativeBinomialTest(recent, weekly).alarm) fired.push('negative-binomial');
  return fired;
}
