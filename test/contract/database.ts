import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { VigilError } from '../../services/shared/errors.ts';
import type { Database, ExportFormat, Row } from '../../services/store/database.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\n\nDROP TABLE contract.canary;',
    '{"a":"1"}\n\nDROP TABLE contract.canary;\n',
    '"}\n\nDROP TABLE contract.canary\n\n{"a":"',
    "'); DROP TABLE contract.canary; --",
    '\r\n\r\n',
    '\\N',
    '\u0000',
    '\uD83D',
    '\uDE00x',
    '\u2028\u2029\u0085',
    '\\ud800',
    ' FORMAT TSV\n',
    'SETTINGS readonly = 0',
  ),
);

async function failure(work: Promise<unknown>): Promise<VigilError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VigilError);
  return error as VigilError;
}

/** What every driver of the database port promises. The database `contract` is made and dropped. */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`database contract: ${name}`, () => {
    let database: Database;
    let tokens = 0;
    const token = () => `contract-${Date.now()}-${tokens++}`;
    const insert = (rows: readonly Row[], as = token()) => database.insert('contract.t', rows, { token: as });
    const all = () =>
      database.query<{ id: number; text: string }>('SELECT id, text FROM contract.t ORDER BY id');

    beforeAll(async () => {
      database = await open();
      await database.command('CREATE DATABASE IF NOT EXISTS contract');
      await database.command(
        'CREATE TABLE IF NOT EXISTS contract.canary (a String) ENGINE = MergeTree ORDER BY a',
      );
    });
    beforeEach(async () => {
      await database.command('DROP TABLE IF EXISTS contract.t SYNC');
      await database.command(`CREATE TABLE contract.t
        (id UInt64, text String, at DateTime64(3, 'UTC'), score Float32, tags Array(LowCardinality(String)), word FixedString(4))
        ENGINE = MergeTree PARTITION BY id % 3 ORDER BY id SETTINGS non_replicated_deduplication_window = 1000`);
    });
    afterAll(async () => {
      await database.command('DROP DATABASE contract SYNC');
      await database[Symbol.asyncDispose]();
    });

    test('rows come back with the values that went in', async () => {
      const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
      await insert([
        { id: Number.MAX_SAFE_INTEGER, text: 'Grüße 😀', at, score: 0.25, tags: ['a', 'b'], word: 'four' },
      ]);
      const rows = await database.query(
        'SELECT * EXCEPT at, toUnixTimestamp64Milli(at) AS at FROM contract.t',
      );
      expect(rows).toEqual([
        { id: Number.MAX_SAFE_INTEGER, text: 'Grüße 😀', at, score: 0.25, tags: ['a', 'b'], word: 'four' },
      ]);
    });

    test.each([0, 1, 999, 1_000_000, 999_999_999_999, 1_000_000_000_000, 4_102_444_800_000])(
      'a time of %i ms is not taken for seconds',
      async (at) => {
        await insert([{ id: 1, at }]);
        expect(await database.query('SELECT toUnixTimestamp64Milli(at) AS at FROM contract.t')).toEqual([
          { at },
        ]);
      },
    );

    test('an insert that is repeated with its token changes nothing, also over several partitions', async () => {
      const rows = Array.from({ length: 100 }, (_, id) => ({ id, text: `row ${id}` }));
      const same = token();
      await insert(rows, same);
      await insert(rows, same);
      expect(await all()).toHaveLength(100);
    });

    test('the token of one insert is not there for the next', async () => {
      await insert([{ id: 1, text: 'a' }]);
      await insert([{ id: 1, text: 'a' }]);
      await insert([{ id: 1, text: 'a' }], '');
      expect((await all()).length).toBeGreaterThanOrEqual(2);
      const changed = await database.query(
        "SELECT name FROM system.settings WHERE changed AND name LIKE 'insert_dedup%' AND value NOT IN ('1', '')",
      );
      expect(changed).toEqual([]);
    });

    test('all rows go in or none, and the refusal repeats no value, nor is one printed', async () => {
      const printed = [
        ...(['debug', 'error', 'info', 'log', 'warn'] as const).map((level) => vi.spyOn(console, level)),
        vi.spyOn(process.stderr, 'write'),
      ];
      const rows: Row[] = Array.from({ length: 5000 }, (_, id) => ({ id, text: 'fine' }));
      rows.push({ id: 'secret words of a post' });
      const error = await failure(insert(rows));
      expect(error).toMatchObject({ code: 'DATABASE_REFUSED', canRetry: false });
      expect(`${error.message}${String(error.cause)}`).not.toContain('secret');
      for (const spy of printed) {
        expect(inspect(spy.mock.calls, { depth: 9 })).not.toContain('secret');
        spy.mockRestore();
      }
      expect(await all()).toEqual([]);
    });

    test.each<[string, Row]>([
      ['a field without a column', { id: 1, nothing: 1 }],
      ['a text for a number', { id: 'x' }],
      ['a value that does not fit', { id: 1, word: 'much too long' }],
      ['a number for a list', { id: 1, tags: 5 }],
    ])('%s is refused', async (_name, row) => {
      expect((await failure(insert([row]))).code).toBe('DATABASE_REFUSED');
      await insert([{ id: 2, text: 'after' }]);
      expect(await all()).toHaveLength(1);
    });

    test('a missing table is not the fault of the rows', async () => {
      const error = await failure(database.insert('contract.missing', [{ id: 1 }], { token: token() }));
      expect(error).toMatchObject({ code: 'DATABASE_BROKEN', canRetry: false });
    });

    test('no text ends the data or runs as a statement', async () => {
      const texts = fc.array(hostile, { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(texts, async (list) => {
          await database.command('TRUNCATE TABLE contract.t');
          await insert(list.map((text, id) => ({ id, text, tags: [text] })));
          expect((await all()).map(({ text }) => text)).toEqual(list.map((text) => text.toWellFormed()));
          expect(await database.query('EXISTS TABLE contract.canary')).toEqual([{ result: 1 }]);
        }),
        { numRuns: 25 },
      );
    });

    test('parameters are values, whatever is in them, and never those of another query', async () => {
      const sql = 'SELECT {a:String} AS a, {list:Array(String)} AS list, {n:Int64} AS n';
      await fc.assert(
        fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 8 }), async (texts) => {
          const asked = texts.map((text, n) => ({
            a: text.toWellFormed(),
            list: [text.toWellFormed(), ''],
            n,
          }));
          const answers = await Promise.all(asked.map((params) => database.query(sql, { params })));
          expect(answers).toEqual(asked.map((params) => [params]));
        }),
        { numRuns: 20 },
      );
    });

    test('a query that fails in mid-stream leaves nothing for the next', async () => {
      await failure(database.query('SELECT number, throwIf(number = 290000) FROM numbers(300000)'));
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await database.query('SELECT {x:String} AS x', { params: { x: 'mine' } })).toEqual([
        { x: 'mine' },
      ]);
    });

    const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      return Buffer.concat(parts);
    };

    test('an export holds every row once, with parameters bound, in each format', async () => {
      const sql = 'SELECT number AS id, {text:String} AS text FROM numbers({rows:UInt32}) ORDER BY number';
      const text = 'a "quoted", comma\nand 😀';
      const rows = 200_000;
      const read = async (format: ExportFormat) =>
        bytesOf(await database.export(sql, { params: { text, rows }, format }));
      const lines = (await read('JSONEachRow')).toString('utf8').trimEnd().split('\n');
      expect(lines).toHaveLength(rows);
      expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ id: rows - 1, text });
      const csv = (await read('CSVWithNames')).toString('utf8');
      expect(csv.startsWith('"id","text"\n0,"a ""quoted"", comma\nand 😀"\n')).toBe(true);
      const parquet = await read('Parquet');
      expect([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    });

    test('an export that fails says so before the first byte, and the next one is whole', async () => {
      const sql = 'SELECT number, throwIf(number = 290000) FROM numbers(300000)';
      await failure(database.export(sql, { format: 'JSONEachRow' }));
      const one = await database.export('SELECT 1 AS one', { format: 'JSONEachRow' });
      expect(JSON.parse((await bytesOf(one)).toString())).toEqual({ one: 1 });
    });

    test('an export that nobody reads, or not to its end, leaves nothing open', async () => {
      const sql = 'SELECT number FROM numbers(500000)';
      for (const reads of [0, 1]) {
        const chunks = (await database.export(sql, { format: 'JSONEachRow' }))[Symbol.asyncIterator]();
        if (reads > 0) expect((await chunks.next()).done).toBe(false);
        await chunks.return?.();
        expect((await chunks.next()).done).toBe(true);
      }
    });

    test('an aborted query ends at once, in the engine too, and leaves the next one alone', async () => {
      const stop = new AbortController();
      const slow = database.query('SELECT sum(sipHash64(number)) AS slow FROM numbers(300000000000)', {
        signal: stop.signal,
      });
      setTimeout(() => stop.abort(), 100);
      await expect(slow).rejects.toThrow();
      expect(await database.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
      const running =
        "SELECT count() AS n FROM system.processes WHERE query LIKE '%sipHash64(number)) AS slow%' AND query NOT LIKE '%processes%'";
      await expect.poll(() => database.query(running), { timeout: 10_000 }).toEqual([{ n: 0 }]);
    });

    test('nothing is not a row', async () => {
      await insert([]);
      expect(await all()).toEqual([]);
    });

    test('the version is told', async () => {
      expect(await database.version()).toMatch(/^\d+\.\d+/);
    });
  });
}
