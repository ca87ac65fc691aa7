import type { Evidence, SignalPair } from '../../schemas/signal.ts';
import type { Row } from '../store/database.ts';
import { dateOf } from './days.ts';
import type { Grid } from './grid.ts';
import type { Score } from './judge.ts';
import type { Estimate } from './statistics/table.ts';

/** A statistic as a column takes it: null where it does not exist. */
const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

const interval = (estimate: Estimate | undefined) => ({
  value: finite(estimate?.value),
  lower: finite(estimate?.low),
  upper: finite(estimate?.high),
});

/** Names and ids of a pair of the grid. */
export function pairOf(grid: Grid, pair: number, run: string, level: string): SignalPair {
  const product = grid.products[grid.productOf[pair] ?? 0];
  const reaction = grid.reactions[grid.reactionOf[pair] ?? 0];
  return {
    run,
    level,
    productId: product?.id ?? '',
    product: product?.name ?? '',
    conceptId: reaction?.id ?? '',
    concept: reaction?.name ?? '',
    classId: reaction?.classId ?? '',
    class: reaction?.className ?? '',
  };
}

/** What was counted and computed for a pair, for the life of its signal. */
export function evidenceOf(
  grid: Grid,
  score: Score,
  found: {
    readonly tested: number;
    readonly detectors: readonly string[];
    readonly examples: readonly string[];
  },
): Evidence {
  const { measures, change } = score;
  const { a, b, c, d } = measures.table;
  return {
    from: dateOf(grid.day - grid.windowDays + 1),
    to: dateOf(grid.day),
    n11: a,
    n1x: a + b,
    nx1: a + c,
    n: a + b + c + d,
    recent: score.recent,
    baseline: score.baseline,
    change: {
      days: change.days,
      people: change.people,
      expected: change.expected,
      p: change.p,
      q: score.q,
      pairs: found.tested,
    },
    prr: { ...interval(measures.prr), chiSquare: finite(measures.chi2) },
    ror: interval(measures.ror),
    ic: interval(measures.ic),
    ebgm: interval(measures.ebgm),
    detectors: [...found.detectors],
    presets: [...score.presets],
    examples: [...found.examples],
  };
}

/** The row of `pair_scores` in a scan; `at` is its moment (ms). */
export function scoreRow(
  grid: Grid,
  score: Score,
  pair: SignalPair,
  scan: { readonly at: number; readonly slot: number },
  detectors: readonly string[],
): Row {
  const { measures, change } = score;
  const { a, b, c, d } = measures.table;
  return {
    scan_at: scan.at,
    slot: scan.slot,
    run: pair.run,
    level: pair.level,
    window_from: dateOf(grid.day - grid.windowDays + 1),
    window_to: dateOf(grid.day),
    product_id: pair.productId,
    product: pair.product,
    concept_id: pair.conceptId,
    concept: pair.concept,
    class_id: pair.classId,
    class: pair.class,
    n11: a,
    n1x: a + b,
    nx1: a + c,
    n: a + b + c + d,
    expected: measures.expected,
    prr: finite(measures.prr.value),
    prr_lo: finite(measures.prr.low),
    prr_hi: finite(measures.prr.high),
    chi2: finite(measures.chi2),
    chi2_yates: finite(measures.chi2Yates),
    ror: finite(measures.ror.value),
    ror_lo: finite(measures.ror.low),
    ror_hi: finite(measures.ror.high),
    ic: finite(measures.ic.value),
    ic025: finite(measures.ic.low),
    ic975: finite(measures.ic.high),
    ebgm: finite(measures.ebgm?.value),
    eb05: finite(measures.ebgm?.low),
    eb95: finite(measures.ebgm?.high),
    recent: score.recent,
    baseline: score.baseline,
    change_days: change.days,
    change_people: change.people,
    change_expected: change.expected,
    change_p: change.p,
    change_q: score.q,
    detectors: [...detectors],
    presets: [...score.presets],
    criteria: [...score.criteria],
  };
}
