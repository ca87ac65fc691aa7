import { z975 } from './distributions.ts';
import { corrected } from './table.ts';
import type { Estimate, Table, ZeroCells } from './table.ts';

/**
 * Proportional reporting ratio with a 95 % log-normal interval: `(a / (a + b)) / (c / (c + d))`, variance of the
 * logarithm `1/a - 1/(a + b) + 1/c - 1/(c + d)` (Evans, Waller and Davis 2001).
 */
export function prr(table: Table, zeroCells: ZeroCells = 'haldane'): Estimate {
  const { a, b, c, d } = corrected(table, zeroCells);
  const log = Math.log(a / (a + b) / (c / (c + d)));
  const deviation = Math.sqrt(Math.max(0, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)));
  return {
    value: Math.exp(log),
    low: Math.exp(log - z975 * deviation),
    high: Math.exp(log + z975 * deviation),
  };
}

/**
 * Pearson's chi-square of the table, one degree of freedom; with Yates's correction for continuity where asked.
 * Zero where a margin is empty.
 */
export function chiSquare({ a, b, c, d }: Table, yates = false): number {
  const n = a + b + c + d;
  const margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins === 0) return 0;
  const difference = Math.abs(a * d - b * c);
  const used = yates ? Math.max(0, difference - n / 2) : difference;
  return (n * used * used) / margins;
}
