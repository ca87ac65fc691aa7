import type { Database, Row } from '../store/database.ts';
import type { CountFilter, Question } from '../store/queries/mention-filter.ts';
import {
  scanExtentOf,
  scanPeopleOf,
  scanSeriesOf,
  type PeopleRow,
  type SeriesRow,
} from '../store/queries/scan.ts';
import { dateOf, epoch } from './days.ts';
import {
  bins,
  emptyMargin,
  recentDays,
  spanDays,
  type Grid,
  type Margin,
  type Named,
  type ReactionName,
} from './grid.ts';

export type LoadQuery = {
  readonly run: string;
  readonly level: string;
  /** Day of the scan, days since 1970 UTC. */
  readonly day: number;
  /** Days over which the people of the tables are counted, the day of the scan among them. */
  readonly windowDays: number;
  readonly signal?: AbortSignal;
};

/** The numbers of ids, in the order in which they come. */
function numbering<T>(): {
  readonly list: T[];
  of(id: string, item: () => T): number;
  at(id: string): number | undefined;
} {
  const numbers = new Map<string, number>();
  const list: T[] = [];
  return {
    list,
    of(id, item) {
      let number = numbers.get(id);
      if (number === undefined) {
        numbers.set(id, (number = list.length));
        list.push(item());
      }
      return number;
    },
    at: (id) => numbers.get(id),
  };
}

/**
 * Counts all pairs of a level in the tables, in two queries whatever their number.
 * @returns undefined where nothing was counted up to that day.
 */
export async function loadGrid(database: Database, query: LoadQuery): Promise<Grid | undefined> {
  const { run, level, day, windowDays } = query;
  const ask = <T extends Row>({ sql, params }: Question): Promise<T[]> =>
    database.query<T>(sql, { params, ...(query.signal ? { signal: query.signal } : {}) });
  const filter = (days: number): CountFilter => ({ run, from: dateOf(day - days + 1), to: dateOf(day) });

  const [extent] = await ask<{ first: number; mentions: number }>(
    scanExtentOf({ ...filter(1), from: epoch }),
  );
  if (!extent || extent.mentions === 0) return undefined;
  // The series need the pairs of all their days, also where the window is shorter.
  const window = filter(windowDays);
  const people = await ask<PeopleRow>(
    scanPeopleOf(level, filter(Math.max(windowDays, spanDays)), window.from),
  );
  const series = await ask<SeriesRow>(scanSeriesOf(level, filter(spanDays), recentDays));

  const products = numbering<Named>();
  const reactions = numbering<ReactionName>();
  const pairs = numbering<PeopleRow>();
  for (const row of people) {
    if (row.productId === '' || row.reactionId === '') continue;
    const key = `${row.productId}\n${row.reactionId}`;
    pairs.of(key, () => row);
    products.of(row.productId, () => ({ id: row.productId, name: row.product }));
    reactions.of(row.reactionId, () => ({
      id: row.reactionId,
      name: row.reaction,
      classId: row.classId,
      className: row.className,
    }));
  }
  const grid: Grid = {
    day,
    windowDays,
    historyDays: day - extent.first + 1,
    products: products.list,
    reactions: reactions.list,
    productOf: Uint32Array.from(pairs.list, ({ productId }) => products.at(productId) ?? 0),
    reactionOf: Uint32Array.from(pairs.list, ({ reactionId }) => reactions.at(reactionId) ?? 0),
    pairs: emptyMargin(pairs.list.length),
    byProduct: emptyMargin(products.list.length),
    byReaction: emptyMargin(reactions.list.length),
    all: emptyMargin(1),
  };
  /**
   * Where a row belongs: a pair or one of the margins. Posts come in all the time: what the first query did not see yet
   * has no place, and waits for the next scan.
   */
  function place(productId: string, reactionId: string): readonly [margin: Margin, item: number | undefined] {
    if (productId !== '' && reactionId !== '') return [grid.pairs, pairs.at(`${productId}\n${reactionId}`)];
    if (productId !== '') return [grid.byProduct, products.at(productId)];
    if (reactionId !== '') return [grid.byReaction, reactions.at(reactionId)];
    return [grid.all, 0];
  }
  for (const row of people) {
    const [margin, item] = place(row.productId, row.reactionId);
    if (item !== undefined) margin.people[item] = row.people;
  }
  for (const row of series) {
    const [margin, item] = place(row.productId, row.reactionId);
    if (item === undefined) continue;
    for (const [at, bin] of row.bins.entries()) margin.series[item * bins + bin] = row.counts[at] ?? 0;
  }
  return grid;
}
