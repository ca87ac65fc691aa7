/**
 * What is counted for one scan: for every pair of product and reaction, and for the margins, how many people
 * came forward on each of the last days, and in each week before them.
 *
 * A person counts once in every stretch of seven days that ends on the day of the scan or whole weeks before,
 * on the first day on which the person spoke in it: so days add up to weeks, and somebody who writes every day
 * is one person a week.
 */
export const recentDays = 28;
export const earlierWeeks = 12;
/** Bins of a series: the last 28 days one by one, today first, and then 12 weeks. */
export const bins = recentDays + earlierWeeks;
/** Days that a series covers. */
export const spanDays = recentDays + earlierWeeks * 7;

/** The bin of something that happened so many days before the day of the scan. */
export function binOf(age: number): number {
  return age < recentDays ? age : recentDays + Math.floor((age - recentDays) / 7);
}

export type Named = { readonly id: string; readonly name: string };
export type ReactionName = Named & { readonly classId: string; readonly className: string };

/** Series of many items, one after the other, `bins` numbers each, and the distinct people of the window. */
export type Margin = { readonly series: Uint32Array; readonly people: Uint32Array };

/** The counts of one scan on one level of the terminology. Positions in `products` and `reactions` are the numbers. */
export type Grid = {
  /** Day of the scan, days since 1970 UTC; it is the last one that is counted. */
  readonly day: number;
  /** Days of the window of the tables, and how many days of history there are in all. */
  readonly windowDays: number;
  readonly historyDays: number;
  readonly products: readonly Named[];
  readonly reactions: readonly ReactionName[];
  /** Position of the product and of the reaction of every pair that somebody spoke of. */
  readonly productOf: Uint32Array;
  readonly reactionOf: Uint32Array;
  readonly pairs: Margin;
  readonly byProduct: Margin;
  readonly byReaction: Margin;
  readonly all: Margin;
};

export const emptyMargin = (items: number): Margin => ({
  series: new Uint32Array(items * bins),
  people: new Uint32Array(items),
});

/** People of one item in the last `days` days (at most 28). */
export function lastDays({ series }: Margin, item: number, days: number): number {
  let sum = 0;
  for (let age = 0; age < days; age++) sum += series[item * bins + age] ?? 0;
  return sum;
}

/** People of one item in the first `weeks` weeks before the last 28 days. */
export function earlier({ series }: Margin, item: number, weeks: number): number {
  let sum = 0;
  for (let week = 0; week < weeks; week++) sum += series[item * bins + recentDays + week] ?? 0;
  return sum;
}
