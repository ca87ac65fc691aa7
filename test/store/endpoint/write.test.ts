import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickhouse } from '../../../services/store/databases/clickhouse/clickhouse.ts';
import { clickhouseConfig } from '../../../services/store/databases/clickhouse/config.ts';
import type { Database } from '../../../services/store/database.ts';
import { safeRows } from '../../../services/store/endpoint/write.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
let database: Database;
beforeAll(async () => {
  endpoint = await startEndpoint({ write: true, tables: 'empty' });
  database = openClickhouse(
    clickhouseConfig.parse({ url: endpoint.url, username: 'reader', password: endpoint.password }),
  );
  await database.command('CREATE DATABASE written');
  await database.command(
    'CREATE TABLE written.t (id UInt64, text String) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100',
  );
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await endpoint.close();
});

describe('writing, for tests only', () => {
  it('lets the driver of a server make tables, insert once for each token, and read', async () => {
    const rows = [
      { id: 1, text: 'one' },
      { id: 2, text: 'two' },
    ];
    await database.insert('written.t', rows, { token: 'a' });
    await database.insert('written.t', rows, { token: 'a' });
    // A token must not stay behind on any connection: without one, or with another, rows go in.
    await database.insert('written.t', rows, { token: 'b' });
    expect(
      await database.query('SELECT id, text, count() AS n FROM written.t GROUP BY id, text ORDER BY id'),
    ).toEqual([
      { id: 1, text: 'one', n: 2 },
      { id: 2, text: 'two', n: 2 },
    ]);
    expect(await database.version()).toMatch(/^26\./);
  });

  it('keeps every text as data', async () => {
    await database.command('TRUNCATE TABLE written.t');
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 8 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (found) => {
        run++;
        const rows = found.map((text, id) => ({ id, text: text.toWellFormed() }));
        await database.command('TRUNCATE TABLE written.t');
        await database.insert('written.t', rows, { token: `run-${run}` });
        expect(await database.query('SELECT id, text FROM written.t ORDER BY id')).toEqual(rows);
      }),
      { numRuns: 25, examples: [[['"}\n\nDROP TABLE written.t']], [['\n\n', '\r\n\r\n; SELECT 1', "'\\"]]] },
    );
  });

  it.each([
    ['blank lines between rows', '{"id":1}\n\n{"id":2}\n', '{"id":1}\n{"id":2}\n'],
    ['lines of blanks', '{"id":1}\n \t\r\n{"id":2}', '{"id":1}\n{"id":2}\n'],
  ])('drops %s', (_, sent, kept) => {
    expect(safeRows(Buffer.from(sent)).toString()).toBe(kept);
  });

  it('refuses what is not one document a line, and two statements', async () => {
    expect(() => safeRows(Buffer.from('{"id":1}\n\nDROP TABLE written.t'))).toThrow(
      expect.objectContaining({ code: 117 }),
    );
    const answer = await endpoint.ask('DROP TABLE written.t; SELECT 1');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Multi-statements')]);
    expect(await database.query("SELECT count() AS n FROM system.tables WHERE database = 'written'")).toEqual(
      [{ n: 1 }],
    );
  });

  it('still wants the password', async () => {
    const response = await fetch(`${endpoint.url}/?query=SELECT%201`);
    await response.text();
    expect(response.status).toBe(401);
  });
});
