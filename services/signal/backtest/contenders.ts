import { changesOf } from '../change.ts';
import { criteria, criteriaId, type Criteria } from '../criteria.ts';
import { cusum } from '../detectors/cusum.ts';
import { earsReweighted } from '../detectors/ears-reweighted.ts';
import { ears } from '../detectors/ears.ts';
import { negativeBinomialChange, poissonChange } from '../detectors/exact.ts';
import { benjaminiHochberg } from '../detectors/multiplicity.ts';
import type { Judge } from '../detectors/series.ts';
import type { Grid } from '../grid.ts';
import { tableAt } from '../judge.ts';
import { ebgm, type Prior } from '../statistics/ebgm.ts';
import { ic } from '../statistics/ic.ts';
import { presets, type PresetName } from '../statistics/presets.ts';
import { chiSquare, prr } from '../statistics/prr.ts';
import { ror } from '../statistics/ror.ts';
import { expectedOf, type Table } from '../statistics/table.ts';

/**
 * What is compared: something that gives a pair a score on a day, the larger the more alarming, and raises an alert
 * from a threshold on. Minus infinity: conditions beside the statistic are not met.
 */
export type Contender = {
  readonly id: string;
  readonly title: string;
  readonly kind: 'criteria' | 'preset' | 'detector';
  /** What the threshold is of. */
  readonly statistic: string;
  readonly threshold: number;
  /** Thresholds of the ROC, from the mildest to the strictest. */
  readonly sweep: readonly number[];
  /** Fills the scores of all pairs of the grid on its day. */
  score(moment: Moment, into: Float32Array): void;
};

export type Moment = {
  readonly grid: Grid;
  /** People of each pair by day since the first, for what reads a whole series; only up to `at`. */
  readonly series: readonly Float64Array[];
  /** Position of the day in the series. */
  readonly at: number;
  readonly prior: Prior | undefined;
};

const silent = -Infinity;
const byPower = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));
/** Minus the logarithms (base 10) of chances; the normal ones of EARS are met by any burst, hence the far end. */
const chances = byPower(0.3, 250, 36);
const ratios = byPower(0.8, 25, 28);
const logOf = (p: number): number => -Math.log10(Math.max(p, 1e-300));

function byCriteria(one: Criteria): Contender {
  const preset = one.preset === null ? undefined : byPreset(one.preset);
  return {
    id: criteriaId(one),
    title: one.title,
    kind: 'criteria',
    statistic: 'q',
    threshold: logOf(one.q),
    sweep: byPower(0.05, 10, 28),
    score(moment, into) {
      const { grid } = moment;
      const changes = changesOf(grid, one.change);
      const also = preset && new Float32Array(into.length);
      if (also) preset.score(moment, also);
      const tested = Uint32Array.from(grid.pairs.people.keys()).filter((pair) => grid.pairs.people[pair]);
      const q = benjaminiHochberg(Float64Array.from(tested, (pair) => changes[pair]?.p ?? 1));
      into.fill(silent);
      for (const [at, pair] of tested.entries()) {
        const change = changes[pair];
        if (!change || change.people < one.people || change.people < one.ratio * change.expected) continue;
        if (change.restP > one.rest || (also && preset && !((also[pair] ?? silent) >= preset.threshold)))
          continue;
        into[pair] = logOf(q[at] ?? 1);
      }
    },
  };
}

/** How each preset's statistic is computed where its other conditions hold, and its threshold. */
const judged: Readonly<
  Record<
    PresetName,
    readonly [statistic: string, threshold: number, of: (table: Table, prior?: Prior) => number]
  >
> = {
  evans: ['PRR', 2, (table) => (table.a >= 3 && chiSquare(table, true) >= 4 ? prr(table).value : silent)],
  ema: ['lower bound of PRR', 1, (table) => (table.a >= 5 ? prr(table).low : silent)],
  ror: ['lower bound of ROR', 1, (table) => (table.a >= 3 ? ror(table).low : silent)],
  mhra: [
    'EB05',
    1.8,
    (table, prior) => {
      const expected = expectedOf(table);
      // The posterior is never wholly above the ratio itself: the costly quantile is not needed below it.
      if (!prior || table.a < 3 || table.a < 1.5 * expected) return silent;
      const { value, low } = ebgm(table.a, expected, prior);
      return value >= 2.5 ? low : silent;
    },
  ],
  umc: [
    'IC025',
    0,
    (table) => {
      const expected = expectedOf(table);
      return table.a > expected ? ic(table.a, expected).low : silent;
    },
  ],
};

function byTable(
  contender: Omit<Contender, 'kind' | 'score'>,
  of: (table: Table, prior?: Prior) => number,
): Contender {
  return {
    ...contender,
    kind: 'preset',
    score({ grid, prior }, into) {
      for (let pair = 0; pair < into.length; pair++)
        into[pair] = grid.pairs.people[pair] ? of(tableAt(grid, pair), prior) : silent;
    },
  };
}

function byPreset(name: PresetName): Contender {
  const [statistic, threshold, of] = judged[name];
  const { id, title } = presets[name];
  const sweep = name === 'umc' ? Array.from({ length: 28 }, (_, i) => -1 + i * 0.18) : ratios;
  return byTable({ id, title, statistic, threshold, sweep }, of);
}

/** @param perWeek judges a whole week: a day on which nobody speaks may still belong to a full one */
function byDetector(id: string, title: string, alpha: number, judge: Judge, perWeek = false): Contender {
  return {
    id,
    title,
    kind: 'detector',
    statistic: 'p',
    threshold: logOf(alpha),
    sweep: chances,
    score({ series, at }, into) {
      for (const [pair, days] of series.entries()) {
        const found = judge(days, at);
        into[pair] = found && found.p < 1 && (perWeek || days[at] !== 0) ? logOf(found.p) : silent;
      }
    },
  };
}

/**
 * CUSUM has an alarm and no chance of its own: it fires or it does not. Its sum runs through the whole series, so that
 * it is taken once per series; what it says of a day depends on nothing later.
 */
function bySum(): Judge {
  const known = new WeakMap<object, ReturnType<typeof cusum>>();
  return (series, at) => {
    const key = series as object;
    let found = known.get(key);
    if (!found) known.set(key, (found = cusum(series)));
    const alarm = found.alarm[at] === 1;
    return { expected: found.expected[at] ?? 0, upper: found.upper[at] ?? 0, p: alarm ? 0.01 : 1, alarm };
  };
}

/** All that a back-test compares; the first is the default. */
export const contenders: readonly Contender[] = [
  ...Object.values(criteria).map(byCriteria),
  byTable(
    { id: 'prr', title: 'PRR alone', statistic: 'PRR', threshold: 2, sweep: ratios },
    (table) => prr(table).value,
  ),
  ...(Object.keys(judged) as PresetName[]).map(byPreset),
  byDetector('ears-c1', 'EARS C1', 0.001, ears('C1')),
  byDetector('ears-c2', 'EARS C2', 0.001, ears('C2')),
  byDetector('ears-c3', 'EARS C3', 0.025, ears('C3')),
  byDetector('ears-reweighted', 'EARS reweighted', 0.025, earsReweighted()),
  byDetector('ears-weekday', 'EARS reweighted, same weekday', 0.025, earsReweighted({ sameWeekday: true })),
  byDetector('cusum', 'CUSUM (Rossi)', 0.05, bySum()),
  byDetector('exact-poisson', 'Poisson, week against 12', 0.025, poissonChange(), true),
  byDetector(
    'exact-negative-binomial',
    'Negative binomial, week against 12',
    0.025,
    negativeBinomialChange(),
    true,
  ),
];
