import { parseDate } from '../days.ts';
import type { Named } from '../grid.ts';

/** What is known about one pair: since which day it is a signal, or that it is none. */
export type Reference = {
  readonly product: string;
  readonly reaction: string;
  /** Days since 1970 UTC; null: a negative control. */
  readonly knownFrom: number | null;
  /** Pairs of one group are reported together; empty where the file names none. */
  readonly group: string;
};

export type ReferenceProblem = { readonly line: number; readonly problem: string };

/**
 * Reads a reference set: tab-separated lines of product, reaction, `YYYY-MM-DD` or `control`, and optionally a group.
 * Lines that begin with `#` and empty ones are comments. See docs/backtest.md.
 */
export function parseReference(text: string): {
  readonly references: Reference[];
  readonly problems: ReferenceProblem[];
} {
  const references: Reference[] = [];
  const problems: ReferenceProblem[] = [];
  const seen = new Set<string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (raw.trim() === '' || raw.startsWith('#')) continue;
    const [product = '', reaction = '', known = '', group = '', ...more] = raw
      .split('\t')
      .map((field) => field.trim());
    const no = (problem: string): unknown => problems.push({ line, problem });
    if (product === '' || reaction === '' || more.length > 0) {
      no('expected product, reaction, date or "control", and perhaps a group, separated by tabs');
      continue;
    }
    const knownFrom = known === 'control' ? null : parseDate(known);
    if (knownFrom === undefined) {
      no('the third field is neither a date such as 2026-03-01 nor "control"');
      continue;
    }
    const key = `${product.toLowerCase()}\t${reaction.toLowerCase()}`;
    if (seen.has(key)) {
      no('this pair stands in the file twice');
      continue;
    }
    seen.add(key);
    references.push({ product, reaction, knownFrom, group });
  }
  return { references, problems };
}

/** Finds what a person wrote, by id or by name, whatever the case. */
export function finder(items: readonly Named[]): (text: string) => number | undefined {
  const found = new Map<string, number>();
  for (const [at, { name }] of items.entries()) found.set(name.toLowerCase(), at);
  for (const [at, { id }] of items.entries()) found.set(id.toLowerCase(), at);
  return (text) => found.get(text.toLowerCase());
}
