import type { Reference } from './reference.ts';
import type { Scores } from './replay.ts';

/** How alerts are counted. */
export type CountingOptions = {
  /** Days after an alert on a pair in which it does not alert again. */
  readonly coolDownDays: number;
  /** Days before and after the reference date within which an alert is right. */
  readonly leadDays: number;
  readonly horizonDays: number;
};

/** What is known of each pair of a replay; undefined: nothing, its alerts are neither right nor wrong. */
export type Known = readonly (Reference | undefined)[];

export type Trial = {
  readonly scores: Scores;
  readonly known: Known;
  /** References of pairs that nobody ever spoke of: what is never said is never found. */
  readonly missing: readonly Reference[];
  readonly from: number;
  readonly to: number;
};

export type Alarm = { readonly trial: number; readonly pair: number; readonly day: number };

/** What came of one contender at one threshold, over all trials. */
export type Tally = {
  readonly threshold: number;
  /** References whose date lies in the time that was played, and how many of them were found in time. */
  readonly known: number;
  readonly found: number;
  readonly alerts: number;
  readonly wrong: number;
  /** Controls, and how many of them ever alerted. */
  readonly controls: number;
  readonly controlsAlerted: number;
  readonly weeks: number;
  /** Days from the reference date to the first right alert; negative is ahead of it. */
  readonly lags: readonly number[];
  readonly groups: ReadonlyMap<string, { known: number; found: number }>;
};

/** Alerts of one trial as an alert stage sends them: once, and not again before the pair has cooled down. */
export function alarmsOf(
  { scores, from }: Trial,
  threshold: number,
  coolDownDays: number,
): Omit<Alarm, 'trial'>[] {
  const last = new Int32Array(scores.days[0]?.length ?? 0).fill(-1_000_000);
  const alarms: Omit<Alarm, 'trial'>[] = [];
  for (const [index, day] of scores.days.entries()) {
    for (let pair = 0; pair < day.length; pair++) {
      if (!((day[pair] ?? -Infinity) >= threshold) || from + index - (last[pair] ?? 0) < coolDownDays)
        continue;
      last[pair] = from + index;
      alarms.push({ pair, day: from + index });
    }
  }
  return alarms;
}

/**
 * Counts alerts as right or wrong. Right: the first alert on a known pair from `leadDays` before its date to
 * `horizonDays` after it. Wrong: an alert on a control, or on a known pair before that. Later alerts on a known pair,
 * and alerts on pairs of which nothing is known, are neither.
 */
export function tally(trials: readonly Trial[], threshold: number, options: CountingOptions): Tally {
  const { leadDays, horizonDays, coolDownDays } = options;
  const sums = { known: 0, found: 0, alerts: 0, wrong: 0, controls: 0, controlsAlerted: 0, weeks: 0 };
  const lags: number[] = [];
  const groups = new Map<string, { known: number; found: number }>();
  for (const trial of trials) {
    sums.weeks += (trial.to - trial.from + 1) / 7;
    const foundAt = new Map<number, number>();
    const alerted = new Set<number>();
    for (const { pair, day } of alarmsOf(trial, threshold, coolDownDays)) {
      sums.alerts++;
      const reference = trial.known[pair];
      if (!reference) continue;
      if (reference.knownFrom === null) {
        sums.wrong++;
        alerted.add(pair);
      } else if (day < reference.knownFrom - leadDays) sums.wrong++;
      else if (day <= reference.knownFrom + horizonDays && !foundAt.has(pair)) foundAt.set(pair, day);
    }
    sums.controlsAlerted += alerted.size;
    const references = [
      ...trial.known.entries(),
      ...trial.missing.map((reference) => [-1, reference] as const),
    ];
    for (const [pair, reference] of references) {
      if (!reference) continue;
      if (reference.knownFrom === null) {
        sums.controls++;
        continue;
      }
      const { knownFrom } = reference;
      if (knownFrom < trial.from - horizonDays || knownFrom > trial.to) continue;
      const day = foundAt.get(pair);
      const group = groups.get(reference.group) ?? { known: 0, found: 0 };
      groups.set(reference.group, group);
      sums.known++;
      group.known++;
      if (day === undefined) continue;
      sums.found++;
      group.found++;
      lags.push(day - knownFrom);
    }
  }
  return { threshold, ...sums, lags: lags.sort((a, b) => a - b), groups };
}

/** Wilson's 95 % interval of a share (1927). */
export function wilson(found: number, of: number): readonly [low: number, high: number] {
  if (of === 0) return [0, 1];
  const z = 1.959_963_984_540_054;
  const share = found / of;
  const centre = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Median of ordered numbers with its 95 % interval by order statistics (normal approximation of the binomial). */
export function medianOf(
  ordered: readonly number[],
): { readonly median: number; readonly low: number; readonly high: number } | undefined {
  const n = ordered.length;
  if (n === 0) return undefined;
  const at = (rank: number): number => ordered[Math.min(n - 1, Math.max(0, rank))] ?? 0;
  const middle = n % 2 === 1 ? at((n - 1) / 2) : (at(n / 2 - 1) + at(n / 2)) / 2;
  const half = 0.98 * Math.sqrt(n);
  return { median: middle, low: at(Math.floor(n / 2 - half)), high: at(Math.ceil(n / 2 + half) - 1) };
}

export const sensitivityOf = ({ found, known }: Pick<Tally, 'found' | 'known'>): number =>
  known === 0 ? 0 : found / known;
export const ppvOf = ({ found, wrong }: Tally): number => (found + wrong === 0 ? 0 : found / (found + wrong));

/** Area under sensitivity over the share of controls that ever alerted, by trapezia, closed at both corners. */
export function areaUnder(sweep: readonly Tally[]): number {
  const points = sweep
    .map((one) => [one.controls === 0 ? 0 : one.controlsAlerted / one.controls, sensitivityOf(one)] as const)
    .concat([
      [0, 0],
      [1, 1],
    ])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let area = 0;
  for (const [at, [x, y]] of points.entries()) {
    const before = points[at - 1];
    if (before) area += ((x - before[0]) * (y + before[1])) / 2;
  }
  return area;
}
