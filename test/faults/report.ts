import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Keeps the figures of a long run beside the test when `FAULT_RESULTS` is 1. */
export function report(name: string, figures: object): void {
  if (process.env['FAULT_RESULTS'] !== '1') return;
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const all = { name, ...figures, cores: cpus().length, node: process.version };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(all, null, 2)}\n`);
}

/** A number from the environment. */
export function setting(name: string, otherwise: number): number {
  const text = process.env[name];
  const value = text === undefined || text === '' ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number above 0`);
  return value;
}
