import {
  binOf,
  bins,
  emptyMargin,
  spanDays,
  type Grid,
  type Margin,
  type Named,
  type ReactionName,
} from './grid.ts';

/** One mention that counts: an effect, by a person, about a product. All but `at` are positions in lists. */
export type Mention = {
  /** Days since 1970 UTC. */
  readonly day: number;
  readonly product: number;
  readonly reaction: number;
  readonly author: number;
};

export type History = {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly products: readonly Named[];
  readonly reactions: readonly ReactionName[];
  /** The counts as they stood at the end of a day: nothing later is looked at. */
  gridAt(day: number, windowDays: number): Grid;
  /** People of each pair by day, for detectors that read a series; pairs as in `gridAt` of the last day. */
  pairs(): readonly PairHistory[];
};

export type PairHistory = {
  readonly product: number;
  readonly reaction: number;
  /** Mentions in the order of days. */
  readonly days: Int32Array;
  readonly authors: Uint32Array;
};

type Group = { readonly days: number[]; readonly authors: number[] };

const packed = ({ days, authors }: Group) => ({
  days: Int32Array.from(days),
  authors: Uint32Array.from(authors),
});
type Packed = ReturnType<typeof packed>;

/** Position of the first day that is not before `day`. */
function lowerBound(days: Int32Array, day: number): number {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days[middle] ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A history in memory, for the back-test. Mentions come in the order of days and have been through the rules of
 * counting (no copies, no automated accounts, no adverts).
 */
export function createHistory(
  mentions: Iterable<Mention>,
  names: { readonly products: readonly Named[]; readonly reactions: readonly ReactionName[] },
): History {
  const { products, reactions } = names;
  const byPair = new Map<number, Group>();
  const byProduct = products.map((): Group => ({ days: [], authors: [] }));
  const byReaction = reactions.map((): Group => ({ days: [], authors: [] }));
  const all: Group = { days: [], authors: [] };
  let authors = 0;
  let firstDay = Infinity;
  let lastDay = -Infinity;
  for (const { day, product, reaction, author } of mentions) {
    if (day < lastDay) throw new RangeError('mentions must come in the order of days');
    firstDay = Math.min(firstDay, day);
    lastDay = day;
    authors = Math.max(authors, author + 1);
    const key = product * reactions.length + reaction;
    let pair = byPair.get(key);
    if (!pair) byPair.set(key, (pair = { days: [], authors: [] }));
    for (const group of [pair, byProduct[product], byReaction[reaction], all]) {
      group?.days.push(day);
      group?.authors.push(author);
    }
  }
  const keys = Uint32Array.from(byPair.keys()).sort();
  const productOf = keys.map((key) => Math.floor(key / reactions.length));
  const reactionOf = keys.map((key) => key % reactions.length);
  const pairGroups = Array.from(keys, (key) => packed(byPair.get(key) ?? { days: [], authors: [] }));
  const productGroups = byProduct.map(packed);
  const reactionGroups = byReaction.map(packed);
  const allGroup = packed(all);
  const seen = new Uint32Array(authors);
  let mark = 0;

  function fill(margin: Margin, item: number, group: Packed, day: number, windowDays: number): void {
    const end = lowerBound(group.days, day + 1);
    const offset = item * bins;
    let week = -1;
    mark++;
    for (let at = lowerBound(group.days, day - spanDays + 1); at < end; at++) {
      const age = day - (group.days[at] ?? 0);
      const ownWeek = Math.floor(age / 7);
      if (ownWeek !== week) {
        week = ownWeek;
        mark++;
      }
      const author = group.authors[at] ?? 0;
      if (seen[author] === mark) continue;
      seen[author] = mark;
      const bin = offset + binOf(age);
      margin.series[bin] = (margin.series[bin] ?? 0) + 1;
    }
    let people = 0;
    mark++;
    for (let at = lowerBound(group.days, day - windowDays + 1); at < end; at++) {
      const author = group.authors[at] ?? 0;
      if (seen[author] === mark) continue;
      seen[author] = mark;
      people++;
    }
    margin.people[item] = people;
  }

  function counted(groups: readonly Packed[], day: number, windowDays: number): Margin {
    const margin = emptyMargin(groups.length);
    for (const [item, group] of groups.entries()) fill(margin, item, group, day, windowDays);
    return margin;
  }

  return {
    firstDay,
    lastDay,
    products,
    reactions,
    gridAt: (day, windowDays) => ({
      day,
      windowDays,
      historyDays: day - firstDay + 1,
      products,
      reactions,
      productOf,
      reactionOf,
      pairs: counted(pairGroups, day, windowDays),
      byProduct: counted(productGroups, day, windowDays),
      byReaction: counted(reactionGroups, day, windowDays),
      all: counted([allGroup], day, windowDays),
    }),
    pairs: () =>
      pairGroups.map(({ days, authors: people }, index) => ({
        product: productOf[index] ?? 0,
        reaction: reactionOf[index] ?? 0,
        days,
        authors: people,
      })),
  };
}
