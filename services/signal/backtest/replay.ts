import type { History } from '../history.ts';
import { priorOf } from '../judge.ts';
import type { Prior } from '../statistics/ebgm.ts';
import { contenders as every, type Contender } from './contenders.ts';

export type ReplayOptions = {
  /** First and last day that is scored, days since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** Days that the tables of disproportionality count. */
  readonly windowDays: number;
  readonly contenders?: readonly Contender[];
  /** Told after every day. */
  readonly onDay?: (done: number, total: number) => void;
};

/** Scores of one contender: days one after the other, as many numbers as the history has pairs. */
export type Scores = { readonly contender: Contender; readonly days: readonly Float32Array[] };

export type Replay = {
  readonly from: number;
  readonly to: number;
  /** Product and reaction of every pair, as positions in the history's lists. */
  readonly productOf: Uint32Array;
  readonly reactionOf: Uint32Array;
  readonly scores: readonly Scores[];
};

/** The mixture of EBGM moves slowly and is costly to fit. */
const refitDays = 28;

/** People of each pair by day since the history's first, each once a day. */
function dailySeries(history: History, to: number): Float64Array[] {
  const length = to - history.firstDay + 1;
  return history.pairs().map(({ days, authors }) => {
    const series = new Float64Array(length);
    let seen = new Set<number>();
    let day = -1;
    for (const [at, one] of days.entries()) {
      if (one > to) break;
      if (one !== day) {
        day = one;
        seen = new Set();
      }
      const author = authors[at] ?? 0;
      if (seen.has(author)) continue;
      seen.add(author);
      series[one - history.firstDay] = (series[one - history.firstDay] ?? 0) + 1;
    }
    return series;
  });
}

/**
 * Plays a history day by day: on each day every contender sees what had been counted by the end of that day, and
 * nothing later.
 */
export function replay(history: History, options: ReplayOptions): Replay {
  const { from, to, windowDays } = options;
  const series = dailySeries(history, to);
  const all = (options.contenders ?? every).map((contender) => ({
    contender,
    days: [] as Float32Array[],
  }));
  let prior: Prior | undefined;
  const first = history.gridAt(from, windowDays);
  const { productOf, reactionOf } = first;
  for (let day = from; day <= to; day++) {
    const grid = day === from ? first : history.gridAt(day, windowDays);
    if ((day - from) % refitDays === 0) prior = priorOf(grid);
    for (const { contender, days } of all) {
      const into = new Float32Array(productOf.length);
      contender.score({ grid, series, at: day - history.firstDay, prior }, into);
      days.push(into);
    }
    options.onDay?.(day - from + 1, to - from + 1);
  }
  return { from, to, productOf, reactionOf, scores: all };
}
