import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps the figures of a bench beside those of the others, as `bench/results/<name>.json`. */
export function writeResult(name: string, figures: unknown): void {
  const folder = join(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`);
}
