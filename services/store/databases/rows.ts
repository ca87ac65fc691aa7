import { VigilError } from '../../shared/errors.ts';
import type { Row } from '../database.ts';

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/**
 * Rows as JSONEachRow, one document per line. `JSON.stringify` escapes every control character, so a line
 * never holds a newline: in the embedded engine an empty line would end the data, and what follows would
 * run as SQL. Halves of surrogate pairs, which the engine refuses, become U+FFFD.
 * @throws VigilError `DATABASE_REFUSED` when a value does not become a JSON object.
 */
export function encodeRows(table: string, rows: readonly Row[]): Buffer {
  const lines = rows.map((row) => {
    let line: unknown = JSON.stringify(row);
    if (typeof line === 'string' && line.includes('\\ud')) line = JSON.stringify(row, wellFormed);
    if (typeof line !== 'string' || line[0] !== '{') {
      throw new VigilError('DATABASE_REFUSED', `a row for ${table} is not an object`);
    }
    return line;
  });
  return Buffer.from(lines.join('\n'));
}

/**
 * What every insert says, inside the statement and for it alone: the token that makes a repetition change
 * nothing (in the tables behind materialised views too, where each has a token of its own that follows from
 * this one), one block (so that all rows go in or none), any number of months, no field that has no column.
 */
export function insertSettings(token: string): Record<string, string | number> {
  return {
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    deduplicate_blocks_in_dependent_materialized_views: 1,
    async_insert: 0,
    max_insert_block_size: 10_000_000,
    min_insert_block_size_rows: 10_000_000,
    min_insert_block_size_bytes: 0,
    max_partitions_per_insert_block: 0,
    input_format_skip_unknown_fields: 0,
    input_format_import_nested_json: 0,
  };
}
