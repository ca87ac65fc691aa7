import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analysis as contract, type Analysis } from '../../schemas/analysis.ts';
import {
  analyseStream,
  type AnalyseProgress,
  type AnalyseSettings,
  type BadRow,
} from '../../services/infer/analyse.ts';
import { createCells, tabbedCells } from '../../services/infer/analyse-cells.ts';
import { readRows, type Row } from '../../services/infer/analyse-rows.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const settings: AnalyseSettings = { input: 'auto', output: 'ndjson', textField: 'text', gate: false };

/** Bytes in pieces of odd sizes, as a pipe delivers them. */
const stream = (bytes: string | Uint8Array, size = 7): AsyncIterable<Uint8Array> => {
  const all = Buffer.from(bytes);
  const parts = [];
  for (let i = 0; i < all.length; i += size) parts.push(all.subarray(i, i + size));
  return Readable.from(parts);
};

async function analyse(input: string, changes: Partial<AnalyseSettings> = {}): Promise<string[]> {
  const deps = { engine: world.engine, clock: systemClock };
  return Array.fromAsync(analyseStream(stream(input, 4096), { ...settings, ...changes }, deps));
}
const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line) as Analysis | BadRow);

const rowsOf = (input: string | Uint8Array, changes: Partial<AnalyseSettings> = {}): Promise<Row[]> =>
  Array.fromAsync(readRows(stream(input), { ...settings, ...changes }));

describe('analyse', () => {
  test('one analysis a line, in the order of the input, bad rows in their places', async () => {
    // More rows than are ever in hand, and few that need the model.
    const rows = Array.from({ length: 1500 }, (_, i) => {
      if (i % 100 === 50) return '{"text": "cut of';
      if (i % 100 === 60) return '{"id": "x"}';
      const words =
        i % 8 === 0 ? `sertraline ${'and on '.repeat((i * 13) % 30)}` : 'what a goal in the last minute';
      return JSON.stringify({ id: `row ${i}`, text: words });
    });
    const seen: AnalyseProgress[] = [];
    const found = parsed(
      await analyse(rows.join('\n'), {
        idField: 'id',
        gate: true,
        onProgress: (progress) => seen.push(progress),
      }),
    );
    expect(found).toHaveLength(1500);
    found.forEach((one, i) => {
      if (i % 100 === 50) expect(one).toEqual({ row: i + 1, id: null, error: 'not JSON' });
      else if (i % 100 === 60)
        expect(one).toEqual({ row: i + 1, id: 'file:x', error: 'no text in the field text' });
      else expect(one).toMatchObject({ postId: `file:row_${i}` });
      if (!('error' in one)) expect(contract.read(one).ok).toBe(true);
    });
    expect(seen.at(-1)).toMatchObject({
      read: 1500,
      written: 1500,
      bad: 30,
      reasons: { 'not JSON': 15, 'no text in the field text': 15 },
    });
    expect(seen.at(-1)?.postsPerSecond).toBeGreaterThan(0);
  });

  test('writes CSV that gives back what NDJSON says', async () => {
    const input = 'id,text\n1,"so dizzy, from ""sertraline"""\n=2+2,ok\n';
    const json = parsed(await analyse(input, { idField: 'id' })) as Analysis[];
    const csv = await analyse(input, { idField: 'id', output: 'csv' });
    const [header = [], first = [], second = []] = csv.map((line) => {
      const cells = createCells(',').push(line.slice(0, -2));
      return Array.isArray(cells) ? cells : [];
    });
    const column = (row: string[], name: string): string => row[header.indexOf(name)] ?? '';
    expect(csv).toHaveLength(3);
    expect(column(first, 'id')).toBe('file:1');
    expect(JSON.parse(column(first, 'spans'))).toEqual(json[0]?.spans);
    expect(column(first, 'adverse_effect')).toBe(json[0]?.tasks['adverse_effect']?.label);
    expect(Number(column(first, 'adverse_effect_probability'))).toBeCloseTo(
      json[0]?.tasks['adverse_effect']?.probability ?? NaN,
      2,
    );
    expect(column(second, 'id')).toBe('file:=2+2');
    for (const row of [first, second]) expect(row).toHaveLength(header.length);
  });

  test('an unknown task is told with those that there are', async () => {
    await expect(analyse('{"text":"x"}', { tasks: ['adverse'] })).rejects.toThrow(
      /there are: adverse_effect/,
    );
  });
});

describe('rows of a file', () => {
  test.each<[string, string | Uint8Array, Row[], Partial<AnalyseSettings>?]>([
    ['ndjson', '{"id":1,"text":"a"}\r\n\n{"id":"x:2","text":"b\\nc"}', [
      { row: 1, id: 'file:1', text: 'a' },
      { row: 2, id: 'x:2', text: 'b\nc' },
    ]],
    ['csv with marks, commas and line ends in a cell', 'id,text\r\n1,"a, ""b""\r\nc"\r\n2,5" pipe\r\n', [
      { row: 1, id: 'file:1', text: 'a, "b"\nc' },
      { row: 2, id: 'file:2', text: '5" pipe' },
    ]],
    ['a mark that never closes costs one row', 'id,text\n1,"open\n2,fine\n3,fine too\n', [
      { row: 1, id: null, error: 'a quotation mark is not closed' },
      { row: 2, id: 'file:2', text: 'fine' },
      { row: 3, id: 'file:3', text: 'fine too' },
    ]],
    ['tsv', 'text\tid\n"a ""b"""\t1\nsays "no\t2\n', [
      { row: 1, id: 'file:1', text: 'a "b"' },
      { row: 2, id: 'file:2', text: 'says "no' },
    ]],
    ['a short row', 'id,text\n1\n2,b\n', [
      { row: 1, id: 'file:1', error: 'no text in the field text' },
      { row: 2, id: 'file:2', text: 'b' },
    ]],
    ['bytes that are no UTF-8', Buffer.from('{"text":"\xff"}\n{"text":"b"}', 'latin1'), [
      { row: 1, id: null, error: 'not UTF-8' },
      { row: 2, id: 'file:2', text: 'b' },
    ]],
    ['a byte order mark', '\ufeffid,text\n1,a', [{ row: 1, id: 'file:1', text: 'a' }]],
    ['other names of columns', 'tweet,Nr\na,7', [{ row: 1, id: 'file:7', text: 'a' }], { textField: 'tweet', idField: 'Nr' }],
    ['no object', '{"text":"a"}\n[1]\n7', [
      { row: 1, id: 'file:1', text: 'a' },
      { row: 2, id: null, error: 'not a JSON object' },
      { row: 3, id: null, error: 'not a JSON object' },
    ]],
    ['nothing', '\n\n', []],
  ])('%s', async (_, input, expected, changes) => {
    expect(await rowsOf(input, changes)).toEqual(expected);
  }); // prettier-ignore

  test('a line of 9 MB is told and passed over', async () => {
    const input = Readable.from([Buffer.alloc(9_000_000, 'x'), Buffer.from('\n{"text":"a"}')]);
    const rows = await Array.fromAsync(readRows(input, { ...settings, input: 'ndjson' }));
    expect(rows).toEqual([
      { row: 1, id: null, error: 'longer than 8 MiB' },
      { row: 2, id: 'file:2', text: 'a' },
    ]);
  });

  test.each([
    ['UTF-16', Buffer.from('\ufefftext\na', 'utf16le'), /UTF-8/],
    ['no such column', 'secret words here\nmore', /1 columns and none is called text.*--text-field/],
  ])('%s is an error that says what to do', async (_, input, message) => {
    const failure = await rowsOf(input).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'ANALYSE_INPUT', message: expect.stringMatching(message) });
    expect((failure as Error).message).not.toContain('secret');
  });

  test('csv and tsv give back any cells that were written by their rules', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '😭', '='),
      minLength: 1,
      maxLength: 12,
    });
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, size) => {
        const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
        const csv = ['id,text', ...rows.map(([id, text]) => `${quoted(id)},${quoted(text)}`)].join('\n');
        const found = await Array.fromAsync(readRows(stream(csv, size), { ...settings, input: 'csv' }));
        expect(found.map((row) => ('text' in row ? row.text : row.error))).toEqual(
          rows.map(([, text]) => text),
        );
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
        const flat = cells.map((value) => value.replaceAll('\n', ' '));
        const line = flat.map((value) => `"${value.replaceAll('"', '""')}"`).join('\t');
        expect(tabbedCells(line)).toEqual(flat);
      }),
    );
  });
});
