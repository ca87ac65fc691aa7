import { postId } from '../../schemas/common.ts';
import { VigilError } from '../shared/errors.ts';
import { createCells, tabbedCells } from './analyse-cells.ts';
import { linesOf, type Line } from './analyse-lines.ts';
import type { BadRow } from './analyse.ts';

export const inputFormats = ['auto', 'ndjson', 'csv', 'tsv'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** A row with a text, or what is wrong with it. */
export type Row = { readonly row: number; readonly id: string; readonly text: string } | BadRow;

type Fields = { readonly input: InputFormat; readonly textField: string; readonly idField?: string };

/** The rows of a file or stream in the given format, each exactly once and in order. */
export async function* readRows(input: AsyncIterable<Uint8Array>, fields: Fields): AsyncGenerator<Row> {
  const lines = linesOf(input);
  const heads = await upToText(lines);
  const format = fields.input === 'auto' ? formatOf(heads.at(-1)) : fields.input;
  const all = join(heads, lines);
  if (format === 'ndjson') yield* jsonRows(all, fields);
  else yield* tableRows(format === 'tsv' ? tabbedRecords(all) : commaRecords(all), fields);
}

/** The lines up to the first with text in it, empty ones left out. */
async function upToText(lines: AsyncGenerator<Line>): Promise<Line[]> {
  const heads: Line[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return heads;
    if (!('text' in value)) heads.push(value);
    else if (value.text.trim() !== '') return [...heads, value];
  }
}

async function* join(heads: readonly Line[], rest: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield* heads;
  yield* rest;
}

function formatOf(line: Line | undefined): 'ndjson' | 'csv' | 'tsv' {
  const text = line && 'text' in line ? line.text : '';
  if (text.trimStart().startsWith('{')) return 'ndjson';
  return text.includes('\t') ? 'tsv' : 'csv';
}

/** A row's id as the contract has it: `source:native-id`; ids that are none yet belong to the source `file`. */
function idOf(value: unknown, row: number): string {
  const own = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  if (own === '') return `file:${row}`;
  if (postId.safeParse(own).success) return own;
  const made = `file:${own.replace(/^:+/, '').replace(/\s+/g, '_').slice(0, 250)}`;
  return postId.safeParse(made).success ? made : `file:${row}`;
}

async function* jsonRows(
  lines: AsyncIterable<Line>,
  { textField, idField = 'id' }: Fields,
): AsyncGenerator<Row> {
  let row = 0;
  for await (const line of lines) {
    if ('text' in line && line.text.trim() === '') continue;
    row++;
    if (!('text' in line)) {
      yield { row, id: null, error: line.problem };
      continue;
    }
    let data: unknown;
    try {
      data = JSON.parse(line.text);
    } catch {
      yield { row, id: null, error: 'not JSON' };
      continue;
    }
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      yield { row, id: null, error: 'not a JSON object' };
      continue;
    }
    const record = data as Record<string, unknown>;
    const id = idOf(record[idField], row);
    const text = record[textField];
    if (typeof text === 'string') yield { row, id, text };
    else yield { row, id, error: `no text in the field ${textField}` };
  }
}

type TableRecord = string[] | { readonly problem: string };

async function* tabbedRecords(lines: AsyncIterable<Line>): AsyncGenerator<TableRecord> {
  for await (const line of lines) {
    if (!('text' in line)) yield line;
    else if (line.text !== '') yield tabbedCells(line.text);
  }
}

async function* commaRecords(lines: AsyncIterable<Line>): AsyncGenerator<TableRecord> {
  const cells = createCells(',');
  // Lines since the beginning of a record that is not whole: a mark that never closes must cost one row only.
  let open: string[] = [];
  const read = function* (line: string): Generator<TableRecord> {
    if (open.length === 0 && line === '') return;
    open.push(line);
    const found = cells.push(line);
    if (found === undefined) return;
    const again = found === 'unclosed' ? open.slice(1) : [];
    open = [];
    cells.reset();
    yield found === 'unclosed' ? { problem: 'a quotation mark is not closed' } : found;
    for (const next of again) yield* read(next);
  };
  for await (const line of lines) {
    if ('text' in line) yield* read(line.text);
    else yield line;
  }
  while (open.length > 0) {
    const again = open.slice(1);
    open = [];
    cells.reset();
    yield { problem: 'a quotation mark is not closed' };
    for (const next of again) yield* read(next);
  }
}

async function* tableRows(
  records: AsyncIterable<TableRecord>,
  { textField, idField = 'id' }: Fields,
): AsyncGenerator<Row> {
  let row = -1;
  let textAt = -1;
  let idAt = -1;
  for await (const record of records) {
    row++;
    if (row === 0) {
      // The header may be a post, where there is none: its words do not belong in a message.
      const columns = Array.isArray(record) ? record.map((column) => column.trim()) : [];
      textAt = columns.indexOf(textField);
      if (textAt < 0) {
        throw new VigilError(
          'ANALYSE_INPUT',
          `the first line has ${columns.length} columns and none is called ${textField}; say which holds the text (--text-field)`,
        );
      }
      idAt = columns.indexOf(idField);
      continue;
    }
    if (!Array.isArray(record)) {
      yield { row, id: null, error: record.problem };
      continue;
    }
    const id = idOf(record[idAt], row);
    const text = record[textAt];
    if (text === undefined) yield { row, id, error: `no text in the field ${textField}` };
    else yield { row, id, text };
  }
}
