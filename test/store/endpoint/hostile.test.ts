import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../services/store/databases/chdb/engine.ts';
import { filesBelow, startEndpoint, type Running } from './harness.ts';
import { hostile } from './hostile.ts';

const marker = 'MARKER-THAT-NOBODY-MAY-READ';

let endpoint: Running;
let writer: Session;
let longQuery: Promise<unknown>;
let listener: Server;
let calls = 0;
let filesBefore: string[];
let stateBefore: unknown;

/** Everything that a hostile statement could have changed in the engine. */
async function state() {
  const admin = endpoint.engine.connect();
  const text = async (sql: string) => (await admin.queryAsync(sql, { format: 'TabSeparated' })).text();
  const found = {
    tables: await text('SELECT database, name, total_rows FROM system.tables ORDER BY 1, 2'),
    rows: await text('SELECT count(), sum(cityHash64(*)) FROM vigilstream.posts'),
    users: await text('SELECT name FROM system.users ORDER BY 1'),
    functions: await text(`SELECT name FROM system.functions WHERE origin != 'System'`),
    dictionaries: await text('SELECT count() FROM system.dictionaries'),
    longQueries: await text(
      `SELECT count() FROM system.processes WHERE query LIKE 'SELECT count(sleepEachRow%'`,
    ),
  };
  admin.close();
  return found;
}

beforeAll(async () => {
  endpoint = await startEndpoint({
    maxExecutionSeconds: 1,
    maxResultRows: 1_000_000,
    maxMemoryBytes: 200_000_000,
    maxResultBytes: 50_000_000,
  });
  writeFileSync(join(endpoint.folder, 'marker.txt'), marker);
  writeFileSync(join(endpoint.folder, 'chdb', 'files', 'marker.txt'), marker);
  listener = createServer((socket) => {
    calls++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  writer = endpoint.engine.connect();
  longQuery = writer
    .queryAsync('SELECT count(sleepEachRow(0.1)) FROM numbers(100000) SETTINGS max_block_size = 5')
    .catch(() => 'ended');
  filesBefore = filesBelow(endpoint.folder);
  await vi.waitFor(async () => expect((await state()).longQueries).toBe('1\n'));
  stateBefore = await state();
});

afterAll(async () => {
  const admin = endpoint.engine.connect();
  await admin.queryAsync(`KILL QUERY WHERE query LIKE 'SELECT count(sleepEachRow%' ASYNC`);
  await longQuery;
  admin.close();
  writer.close();
  listener.close();
  await endpoint.close();
});

function fill(text: string): string {
  const { port } = listener.address() as { port: number };
  return text.replaceAll('{dir}', endpoint.folder).replaceAll('{port}', String(port));
}

describe('hostile statements', () => {
  it.each(hostile.map(([name, sql, query = {}]) => ({ name, sql, query })))(
    '$name',
    async ({ sql, query }) => {
      const settings = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, fill(value)]));
      const answer = await endpoint.ask(fill(sql), settings);
      expect(answer.status, answer.text.slice(0, 500)).toBeGreaterThanOrEqual(400);
      expect(answer.text).toMatch(
        /^Code: \d+\. DB::Exception: .*\([A-Z_0-9]+\) \(version [\d.]+ \(official build\)\)\n$/s,
      );
      expect(answer.headers.get('x-clickhouse-exception-code')).toMatch(/^\d+$/);
      expect(answer.text).not.toContain(marker);
    },
  );

  it('left no trace: files, tables, rows, users, functions and the running query of the writer', async () => {
    expect(hostile.length).toBeGreaterThanOrEqual(70);
    expect(new Set(hostile.map(([name]) => name)).size).toBe(hostile.length);
    expect(filesBelow(endpoint.folder)).toEqual(filesBefore);
    expect(await state()).toEqual(stateBefore);
    expect(calls).toBe(0);
    expect((await endpoint.ask('SELECT count() FROM posts')).text).toBe('20000\n');
  });

  it('wrote nothing of the statements into the log', () => {
    const everything = endpoint.logged.join('');
    expect(everything).toContain('query to the endpoint');
    for (const trace of [marker, 'SELECT', 'DROP', 'processes', endpoint.password]) {
      expect(everything).not.toContain(trace);
    }
  });
});
