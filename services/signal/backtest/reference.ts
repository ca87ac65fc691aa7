/** What is known about one pair: since which day it is a signal, or that it is none. */
export type Reference = {
  readonly product: string;
  readonly reaction: string;
  /** Days since 1970 UTC; null: a negative control. */
  readonly knownFrom: number | null;
};
