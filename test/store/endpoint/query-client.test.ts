import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../services/shared/logger.ts';
import { createMetrics } from '../../../services/shared/metrics.ts';
import { endpointConfig } from '../../../services/store/endpoint/config.ts';
import { openQuery, type QueryClient } from '../../../services/store/endpoint/query-client.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
let opened = 0;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());

const clickhouse = { url: 'http://127.0.0.1:1', username: 'u', password: 'p' };

function open(
  port: number,
  store: 'chdb' | 'clickhouse' = 'chdb',
  server = clickhouse,
): Promise<QueryClient> {
  return openQuery(
    { store: { driver: store, clickhouse: server }, endpoint: endpointConfig.parse({ port }) },
    {
      secretsDir: endpoint.secrets,
      engine: () => {
        opened++;
        return Promise.resolve(endpoint.engine);
      },
      metrics: createMetrics(),
      logger: createLogger({ level: 'silent', format: 'json' }),
    },
  );
}

async function ask(client: QueryClient, sql: string, format = 'TabSeparated', params = {}) {
  const out = new PassThrough();
  const [outcome, body] = await Promise.all([
    client.ask(sql, { format, params }, out).finally(() => out.end()),
    text(out),
  ]);
  return { outcome, body };
}

describe.each([
  ['a running instance', 'instance'],
  ['the folder when nothing runs', 'folder'],
] as const)('asking %s', (_, from) => {
  const port = () => (from === 'instance' ? endpoint.port : 1);

  it('gives the result in any format', async () => {
    const before = opened;
    await using client = await open(port());
    expect(client.from).toBe(from);
    expect(opened - before).toBe(from === 'folder' ? 1 : 0);
    expect(await ask(client, 'SELECT count() AS n FROM posts', 'JSONEachRow')).toEqual({
      outcome: { ok: true, format: 'JSONEachRow' },
      body: '{"n":20000}\n',
    });
    const named = await ask(client, 'SELECT {a:UInt8} AS n FORMAT CSVWithNames', 'TSV', { a: '7' });
    expect(named).toEqual({ outcome: { ok: true, format: 'CSVWithNames' }, body: '"n"\n7\n' });
  });

  it('gives rows, and the same refusals', async () => {
    await using client = await open(port());
    expect(await client.rows('SELECT toUInt64(5) AS n, true AS later')).toEqual([{ n: 5, later: true }]);
    const { outcome } = await ask(client, 'DROP TABLE posts');
    expect(outcome).toMatchObject({ ok: false, code: 164, message: expect.stringContaining('READONLY') });
    await expect(client.rows("SELECT 'a secret' + nosuch")).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.not.stringContaining('secret'),
    });
  });
});

describe('asking', () => {
  it('a server by its own address', async () => {
    const server = { url: endpoint.url, username: 'reader', password: endpoint.password };
    await using client = await open(1, 'clickhouse', server);
    expect(client.from).toBe('server');
    expect((await ask(client, 'SELECT 1')).body).toBe('1\n');
  });

  it('never sends the password to another server on the same port', async () => {
    const seen: string[] = [];
    const stranger = createServer((request, response) => {
      seen.push(JSON.stringify([request.url, request.headers]));
      response.end('Ok.\n');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    await using client = await open((stranger.address() as AddressInfo).port);
    expect(client.from).toBe('folder');
    expect((await ask(client, 'SELECT 1')).body).toBe('1\n');
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toContain(endpoint.password);
    stranger.close();
  });
});
