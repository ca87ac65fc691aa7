import { changesOf, type Change } from './change.ts';
import { criteriaId, type Criteria } from './criteria.ts';
import { benjaminiHochberg } from './detectors/multiplicity.ts';
import { lastDays, type Grid } from './grid.ts';
import type { Prior } from './statistics/ebgm.ts';
import { measure, type Measures } from './statistics/measure.ts';
import { fitPrior } from './statistics/mixture.ts';
import { presets } from './statistics/presets.ts';
import { expectedOf, tableOf } from './statistics/table.ts';

/** Everything that a scan says of one pair. */
export type Score = {
  /** Position of the pair in the grid. */
  readonly pair: number;
  readonly measures: Measures;
  /** People in the last seven days, and in the seven days before these. */
  readonly recent: number;
  readonly baseline: number;
  /** The clearest rise, as the first of the criteria looks for it. */
  readonly change: Change;
  /** After Benjamini and Hochberg over the pairs that were tested. */
  readonly q: number;
  /** Presets that fired and criteria that are met, as `id@version`. */
  readonly presets: readonly string[];
  readonly criteria: readonly string[];
};

export type Verdicts = {
  /** Pairs that were tested: those of which somebody spoke in the window. */
  readonly tested: number;
  readonly scores: readonly Score[];
};

export type JudgeOptions = {
  /** The first one gives the scores their change. */
  readonly criteria: readonly Criteria[];
  /** Bounds that hold beside those of the criteria: fewest people, largest q. */
  readonly people: number;
  readonly q: number;
  /** Fewest people of a pair that is scored; a pair that meets criteria always is. */
  readonly keepFrom: number;
  /** The mixture for EBGM; `null`: no EBGM. Fitted from the grid where it is left out. */
  readonly prior?: Prior | null;
};

/** The prior of EBGM from all pairs of a grid; undefined where they are too few. */
export function priorOf(grid: Grid): Prior | undefined {
  const observed: number[] = [];
  const expected: number[] = [];
  for (const [pair, n11] of grid.pairs.people.entries()) {
    if (n11 === 0) continue;
    observed.push(n11);
    expected.push(expectedOf(tableAt(grid, pair)));
  }
  return fitPrior({ observed, expected })?.prior;
}

/** The two-by-two table of a pair over the window, in people. */
export function tableAt(grid: Grid, pair: number): ReturnType<typeof tableOf> {
  return tableOf(
    grid.pairs.people[pair] ?? 0,
    grid.byProduct.people[grid.productOf[pair] ?? 0] ?? 0,
    grid.byReaction.people[grid.reactionOf[pair] ?? 0] ?? 0,
    grid.all.people[0] ?? 0,
  );
}

/** Whether a pair meets criteria; `fired` are the ids of the presets that did. */
function meets(
  one: Criteria,
  change: Change,
  q: number,
  fired: readonly string[],
  options: JudgeOptions,
): boolean {
  return (
    q <= Math.min(one.q, options.q) &&
    change.people >= Math.max(one.people, options.people) &&
    change.people >= one.ratio * change.expected &&
    change.restP <= one.rest &&
    (one.preset === null || fired.includes(presets[one.preset].id))
  );
}

/**
 * Scores the pairs of one grid: disproportionality over the window, the rise of the last days against the past, and
 * which criteria are met. Looks at the grid alone, so that nothing later than its day has a say.
 */
export function judge(grid: Grid, options: JudgeOptions): Verdicts {
  const { pairs } = grid;
  const tested = Uint32Array.from(pairs.people.keys()).filter((pair) => (pairs.people[pair] ?? 0) > 0);
  const judged = options.criteria.map((one) => {
    const changes = changesOf(grid, one.change);
    return { one, changes, q: benjaminiHochberg(Float64Array.from(tested, (pair) => changes[pair]?.p ?? 1)) };
  });
  const prior = options.prior === undefined ? priorOf(grid) : (options.prior ?? undefined);
  const scores: Score[] = [];
  for (const [at, pair] of tested.entries()) {
    const candidate = judged.some(({ q }) => (q[at] ?? 1) <= options.q);
    if (!candidate && (pairs.people[pair] ?? 0) < options.keepFrom) continue;
    const measures = measure(tableAt(grid, pair), prior ? { prior } : {});
    const fired = Object.values(presets).flatMap((preset) =>
      preset.judge(measures).fired ? [preset.id] : [],
    );
    const met = judged.flatMap(({ one, changes, q }) => {
      const change = changes[pair];
      return change && meets(one, change, q[at] ?? 1, fired, options) ? [criteriaId(one)] : [];
    });
    const [first] = judged;
    const change = first?.changes[pair];
    if (!change || ((pairs.people[pair] ?? 0) < options.keepFrom && met.length === 0)) continue;
    const recent = lastDays(pairs, pair, 7);
    scores.push({
      pair,
      measures,
      recent,
      baseline: lastDays(pairs, pair, 14) - recent,
      change,
      q: first.q[at] ?? 1,
      presets: fired,
      criteria: met,
    });
  }
  return { tested: tested.length, scores };
}
