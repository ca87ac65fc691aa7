import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = import.meta.dirname;

/** A recorded file of values made by published implementations; see scripts/goldens. */
export function readGolden(name: string): unknown {
  const plain = join(folder, `${name}.json`);
  const bytes = existsSync(plain) ? readFileSync(plain) : gunzipSync(readFileSync(`${plain}.gz`));
  return JSON.parse(bytes.toString('utf8'));
}

/** A recorded table: what its first line says, and its columns by name. */
export function readGoldenTable(name: string): { head: unknown; columns: Record<string, Float64Array> } {
  const [head = '', names = '', ...lines] = gunzipSync(readFileSync(join(folder, `${name}.tsv.gz`)))
    .toString('utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line) => line.split('\t').map(Number));
  const columns = Object.fromEntries(
    names.split('\t').map((column, at) => [column, Float64Array.from(rows, (row) => row[at] ?? Number.NaN)]),
  );
  return { head: JSON.parse(head.slice(2)), columns };
}

/** Largest relative difference of two columns; differences of values below `floor` count as shares of it. */
export function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>, floor = 1e-12): number {
  let largest = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  for (let at = 0; at < theirs.length; at++) {
    const a = ours[at] ?? Number.NaN;
    const b = theirs[at] ?? Number.NaN;
    if (a === b) continue;
    const difference = Math.abs(a - b) / Math.max(floor, Math.abs(b));
    largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }
  return largest;
}
