import { z975 } from './distributions.ts';
import { corrected } from './table.ts';
import type { Estimate, Table, ZeroCells } from './table.ts';

/**
 * Reporting odds ratio with Woolf's 95 % interval: `a d / (b c)`, variance of the logarithm
 * `1/a + 1/b + 1/c + 1/d` (Woolf 1955; van Puijenbroek and others 2002).
 */
export function ror(table: Table, zeroCells: ZeroCells = 'haldane'): Estimate {
  const { a, b, c, d } = corrected(table, zeroCells);
  const log = Math.log(a) + Math.log(d) - Math.log(b) - Math.log(c);
  const deviation = Math.sqrt(1 / a + 1 / b + 1 / c + 1 / d);
  return {
    value: Math.exp(log),
    low: Math.exp(log - z975 * deviation),
    high: Math.exp(log + z975 * deviation),
  };
}
