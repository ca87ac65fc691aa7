import { bins, earlier, earlierWeeks, lastDays, recentDays, type Grid } from './grid.ts';
import { negativeBinomialUpper } from './statistics/distributions.ts';

/** How a rise is told from chance. */
export type ChangeOptions = {
  /** Stretches of days that are compared with the weeks before the last 28 days; whole weeks. */
  readonly windows: readonly number[];
  /** Pseudo-people by which the growth of a product or reaction is drawn towards that of all. */
  readonly shrinkage: number;
  /** Least factor by which the growth of others, beside that of all, may change what is expected. */
  readonly leastGrowth: number;
  /** Shape of the prior of the rate before; 0.5 is Jeffreys's, and keeps zeros from making everything certain. */
  readonly priorShape: number;
  /** Dispersion: the variance of a count is mean + mean^2 / dispersion. */
  readonly dispersion: number;
  /** Days of most people that are left out of a stretch, for the question whether the rest has risen too. */
  readonly peaks: number;
};

/** The clearest rise of one pair. */
export type Change = {
  /** Length of the stretch; the people in each of its weeks, added; and how many were expected. */
  readonly days: number;
  readonly people: number;
  readonly expected: number;
  /** Probability of so many or more by chance, corrected for the choice among the stretches. */
  readonly p: number;
  /** The same without the days of most people: a rise of one or two days alone leaves nothing. */
  readonly restP: number;
};

const none: Change = { days: 0, people: 0, expected: 0, p: 1, restP: 1 };
const fewestWeeks = 3;

/** Weeks of history before the last 28 days. */
export function weeksBefore(grid: Grid): number {
  return Math.max(0, Math.min(earlierWeeks, Math.floor((grid.historyDays - recentDays) / 7)));
}

/** People in the last `days` days without the `peaks` days of most of them. */
function withoutPeaks(series: Uint32Array, offset: number, days: number, peaks: number): number {
  let sum = 0;
  const top = new Uint32Array(peaks);
  for (let age = 0; age < days; age++) {
    let people = series[offset + age] ?? 0;
    sum += people;
    for (let at = 0; at < peaks; at++) {
      const before = top[at] ?? 0;
      if (people > before) {
        top[at] = people;
        people = before;
      }
    }
  }
  return sum - top.reduce((total, people) => total + people, 0);
}

/**
 * Tests every pair of a grid for a rise in the last days against its own past.
 *
 * The rate before is a gamma distribution, from the people of the pair itself in the weeks before (Jeffreys's prior).
 * The expectation follows the growth that all had meanwhile (a new source), and beyond that what the product with other
 * reactions and the reaction with other products had (news about a product, a season of a symptom); hardly ever their
 * decline. The count of the last days is then negative binomial (gamma-Poisson), widened by `dispersion`; p is its
 * upper tail, times the number of stretches that were tried (Bonferroni).
 *
 * @returns a rise for each pair, in the grid's order; p = 1 where the history is shorter than three weeks
 *   before the last 28 days, or where nobody spoke in them.
 */
export function changesOf(grid: Grid, options: ChangeOptions): Change[] {
  const { pairs, byProduct, byReaction, all, productOf, reactionOf } = grid;
  const weeks = weeksBefore(grid);
  if (weeks < fewestWeeks) return Array.from(productOf, () => none);
  const allBefore = earlier(all, 0, weeks);

  /** Growth of an item without the pair, relative to that of all, drawn towards 1. */
  function growth(now: number, before: number, growthOfAll: number, weeksNow: number): number {
    const expected = (Math.max(0, before) / weeks) * weeksNow * growthOfAll;
    return (Math.max(0, now) + options.shrinkage) / (expected + options.shrinkage);
  }

  const now = options.windows.map((days) => ({
    days,
    weeks: days / 7,
    all: lastDays(all, 0, days),
    products: Float64Array.from({ length: grid.products.length }, (_, item) =>
      lastDays(byProduct, item, days),
    ),
    reactions: Float64Array.from({ length: grid.reactions.length }, (_, item) =>
      lastDays(byReaction, item, days),
    ),
  }));

  return Array.from(productOf, (product, pair) => {
    const before = earlier(pairs, pair, weeks);
    const productBefore = earlier(byProduct, product, weeks);
    const reaction = reactionOf[pair] ?? 0;
    const reactionBefore = earlier(byReaction, reaction, weeks);
    const shape = options.priorShape + before;
    const perWeek = shape / weeks;
    const size = 1 / (1 / shape + 1 / options.dispersion);
    let best = none;
    for (const window of now) {
      const people = lastDays(pairs, pair, window.days);
      if (people === 0) continue;
      const growthOfAll = (window.all + 1) / ((allBefore / weeks) * window.weeks + 1);
      const ofProduct = (window.products[product] ?? 0) - people;
      const ofReaction = (window.reactions[reaction] ?? 0) - people;
      const apart =
        growth(ofProduct, productBefore - before, growthOfAll, window.weeks) *
        growth(ofReaction, reactionBefore - before, growthOfAll, window.weeks);
      const factor = growthOfAll * Math.max(options.leastGrowth, apart);
      const expected = perWeek * window.weeks * factor;
      const p = Math.min(1, negativeBinomialUpper(people, expected, size) * options.windows.length);
      if (p >= best.p && best.days !== 0) continue;
      const rest = withoutPeaks(pairs.series, pair * bins, window.days, options.peaks);
      const restExpected = (expected * (window.days - options.peaks)) / window.days;
      best = {
        days: window.days,
        people,
        expected,
        p,
        restP: negativeBinomialUpper(rest, restExpected, size),
      };
    }
    return best;
  });
}
