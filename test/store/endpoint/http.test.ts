import * as fc from 'fast-check';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gzipSync, brotliCompressSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packBlocks, unpackBlocks } from '../../../services/store/endpoint/compress.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
beforeAll(async () => {
  endpoint = await startEndpoint({
    tables: 'empty',
    concurrency: 2,
    maxExecutionSeconds: 20,
    allowedHosts: ['monitor.example'],
  });
});
afterAll(() => endpoint.close());

/** A request without the help of `fetch`, which sets the Host header itself. */
async function raw(path: string, headers: Record<string, string>, body?: Buffer, method = 'POST') {
  const sent = request(`${endpoint.url}${path}`, { method, headers });
  // A server that refuses a large body early may close before all of it is sent; the answer is what counts.
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

describe('who may ask', () => {
  it.each(['/ping', '/replicas_status'])('%s answers anybody on this machine', async (path) => {
    const answer = await raw(path, {}, undefined, 'GET');
    expect([answer.status, answer.body.toString()]).toEqual([200, 'Ok.\n']);
  });

  it.each([
    ['nothing', {}, '', 401, '194'],
    ['a wrong password', { authorization: `Basic ${btoa('reader:wrong')}` }, '', 403, '516'],
    ['another user', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': '$' }, '', 403, '516'],
    ['an empty password', { 'x-clickhouse-user': 'reader' }, '', 403, '516'],
    ['a password in the address that is wrong', {}, '&user=reader&password=x', 403, '516'],
    ['a torn header', { authorization: 'Basic !' }, '', 401, '194'],
  ] as const)('%s is turned away', async (_, headers, query, status, code) => {
    const keyed = Object.fromEntries(
      Object.entries(headers).map(([k, v]) => [k, v.replace('$', endpoint.password)]),
    );
    const answer = await raw(`/?query=SELECT%201${query}`, keyed);
    expect([answer.status, answer.headers['x-clickhouse-exception-code']]).toEqual([status, code]);
    expect(answer.body.toString()).toMatch(/^Code: \d+\. DB::Exception: .+\n$/);
  });

  it('takes the password in all three ways', async () => {
    const { password, authorization } = endpoint;
    const ways = [
      raw('/?query=SELECT%201', { authorization }),
      raw('/?query=SELECT%201', { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': password }),
      raw(`/?query=SELECT%201&user=reader&password=${password}`, {}),
    ];
    for (const answer of await Promise.all(ways)) expect(answer.body.toString()).toBe('1\n');
  });

  it('keeps the password in a file that only its owner reads, and across starts', async () => {
    const file = join(endpoint.secrets, 'reader-password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe(endpoint.password);
    expect(endpoint.password.length).toBeGreaterThanOrEqual(24);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost@evil.example'])(
    'refuses the host %j, which a rebound name would send',
    async (host) => {
      for (const path of ['/?query=SELECT%201', '/ping']) {
        const answer = await raw(path, { host, authorization: endpoint.authorization });
        expect(answer.status).toBe(403);
      }
    },
  );

  it.each(['localhost', 'LOCALHOST:8123', '127.0.0.1:1', '[::1]:8123', 'monitor.example:8123'])(
    'knows the host %j',
    async (host) => {
      const answer = await raw('/?query=SELECT%201', { host, authorization: endpoint.authorization });
      expect(answer.status).toBe(200);
    },
  );

  it("refuses what a browser marks as another site's", async () => {
    const answer = await raw('/?query=SELECT%201', {
      'sec-fetch-site': 'cross-site',
      authorization: endpoint.authorization,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['PUT', '/?query=SELECT%201', 405],
    ['OPTIONS', '/', 405],
    ['GET', '/play', 404],
    ['GET', '/../../etc/passwd', 404],
    ['GET', '/dashboard', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect((await raw(path, { authorization: endpoint.authorization }, undefined, method)).status).toBe(
      status,
    );
  });
});

describe('bodies', () => {
  const sql = Buffer.from('SELECT 40 + 2');
  const send = (body: Buffer, headers: Record<string, string> = {}, path = '/') =>
    raw(path, { authorization: endpoint.authorization, ...headers }, body);

  it.each([
    ['gzip', gzipSync(sql)],
    ['deflate', deflateSync(sql)],
    ['br', brotliCompressSync(sql)],
    ['zstd', zstdCompressSync(sql)],
    ['identity', sql],
  ])('packed as %s are read', async (encoding, body) => {
    expect((await send(body, { 'content-encoding': encoding })).body.toString()).toBe('42\n');
  });

  it("in ClickHouse's own blocks are read", async () => {
    const blocks: Buffer[] = [];
    for await (const block of packBlocks(sql)) blocks.push(block);
    expect((await send(Buffer.concat(blocks), {}, '/?decompress=1')).body.toString()).toBe('42\n');
  });

  it.each([
    ['torn gzip', Buffer.from('x'), { 'content-encoding': 'gzip' }, '/', 400, 'CANNOT_DECOMPRESS'],
    ['an unknown packing', sql, { 'content-encoding': 'lz4' }, '/', 400, 'UNKNOWN_COMPRESSION_METHOD'],
    ['torn blocks', sql, {}, '/?decompress=1', 400, 'CANNOT_DECOMPRESS'],
    ['10 MB', Buffer.alloc(10_000_000, 32), {}, '/', 413, 'TOO_MANY_BYTES'],
    [
      'a bomb of gzip',
      gzipSync(Buffer.alloc(50_000_000, 32)),
      { 'content-encoding': 'gzip' },
      '/',
      413,
      'TOO_MANY_BYTES',
    ],
    [
      'a bomb of zstd',
      zstdCompressSync(Buffer.alloc(50_000_000, 32)),
      { 'content-encoding': 'zstd' },
      '/',
      413,
      'TOO_MANY_BYTES',
    ],
    ['bytes that are no text', Buffer.from([0x53, 0xff, 0xfe]), {}, '/', 400, 'BAD_ARGUMENTS'],
    ['a torn form', sql, { 'content-type': 'multipart/form-data; boundary=x' }, '/', 400, 'BAD_ARGUMENTS'],
    ['a session that has to exist', sql, {}, '/?session_id=a&session_check=1', 404, 'SESSION_NOT_FOUND'],
    ['a session with a long name', sql, {}, `/?session_id=${'a'.repeat(300)}`, 400, 'BAD_ARGUMENTS'],
  ] as const)('with %s are refused', async (_, body, headers, path, status, label) => {
    const answer = await send(body, headers, path);
    expect([answer.status, answer.body.toString()]).toEqual([status, expect.stringContaining(`(${label})`)]);
  });

  it('as forms bring parameters and settings along, and no tables', async () => {
    const form = new FormData();
    form.set('query', 'SELECT {a:UInt8} + {b:UInt8}');
    form.set('param_a', '40');
    form.set('param_b', '2');
    form.set('default_format', 'JSONCompactEachRow');
    const headers = { authorization: endpoint.authorization };
    const answer = await fetch(endpoint.url, { method: 'POST', body: form, headers });
    expect(await answer.text()).toBe('[42]\n');
    form.set('posts', new Blob(['1']), 'posts.csv');
    const refused = await fetch(endpoint.url, { method: 'POST', body: form, headers });
    expect([refused.status, await refused.text()]).toEqual([501, expect.stringContaining('External tables')]);
  });

  it('and addresses are joined to one statement', async () => {
    expect((await send(Buffer.from('+ 2'), {}, '/?query=SELECT%2040')).body.toString()).toBe('42\n');
  });

  it('keep a session id without meaning, as clickhouse-connect sends it', async () => {
    expect((await endpoint.ask('SELECT 1', { session_id: 'a', session_timeout: '60' })).status).toBe(200);
  });
});

describe('answers', () => {
  it('name query, format, time zone and what was done', async () => {
    const { headers } = await endpoint.ask('SELECT number FROM numbers(3)', { query_id: 'panel-3' });
    expect(headers.get('x-clickhouse-query-id')).toBe('panel-3');
    expect(headers.get('x-clickhouse-format')).toBe('TabSeparated');
    expect(headers.get('x-clickhouse-timezone')).toMatch(/\w/);
    expect(headers.get('content-type')).toBe('text/tab-separated-values; charset=UTF-8');
    expect(JSON.parse(headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ result_rows: '3' });
  });

  it('never repeat a query id that would break a header', async () => {
    const { headers } = await endpoint.ask('SELECT 1', { query_id: 'a\r\nX-Evil: 1' });
    expect(headers.get('x-evil')).toBeNull();
    expect(headers.get('x-clickhouse-query-id')).toMatch(/^[\w-]+$/);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])(
    'are packed as %s where the client understands it',
    async (encoding) => {
      const long = 'SELECT number FROM numbers(5000)';
      const { headers, text } = await endpoint.ask(long, {}, { 'accept-encoding': encoding });
      expect(headers.get('content-encoding')).toBe(encoding);
      expect(text.split('\n')).toHaveLength(5001);
      const plain = await endpoint.ask(
        long,
        { enable_http_compression: '0' },
        { 'accept-encoding': encoding },
      );
      expect(plain.headers.get('content-encoding')).toBeNull();
    },
  );

  it("come in ClickHouse's own blocks on demand", async () => {
    const answer = await raw('/?compress=1&query=SELECT%20number%20FROM%20numbers(200000)', {
      authorization: endpoint.authorization,
    });
    const plain = unpackBlocks(answer.body, 100_000_000).toString();
    expect(plain.split('\n')).toHaveLength(200_001);
  });

  it('word an error as a server does', async () => {
    const answer = await endpoint.ask('SELECT nosuch FROM posts');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('47');
    expect(answer.text).toMatch(
      /^Code: 47\. DB::Exception: .*nosuch.*\(UNKNOWN_IDENTIFIER\) \(version [\d.]+ \(official build\)\)\n$/s,
    );
  });

  it('do not show the remains of a query that failed before', async () => {
    await endpoint.ask('SELECT throwIf(number = 150000) FROM numbers(200000)');
    for (let i = 0; i < 5; i++) expect((await endpoint.ask('SELECT 7')).text).toBe('7\n');
  });

  it('an empty question is answered like a ping', async () => {
    expect((await endpoint.ask('')).text).toBe('Ok.\n');
    expect((await raw('/', {}, undefined, 'GET')).body.toString()).toBe('Ok.\n');
  });
});

describe('parameters and settings', () => {
  it('carry any text', async () => {
    const escaped = (text: string) =>
      text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\0', '\\0');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 30 }), async (text) => {
        const answer = await endpoint.ask('SELECT {x:String} AS x', {
          param_x: escaped(text),
          default_format: 'JSONEachRow',
        });
        expect(JSON.parse(answer.text)).toEqual({ x: text.toWellFormed() });
      }),
      {
        numRuns: 60,
        examples: [["o'h\\n\t\n"], ["'; DROP TABLE posts; --"], ["', readonly = 0, a = '"], ['\\'], ["\\'"]],
      },
    );
  });

  it('keep limits below ours, and wishes about formats', async () => {
    const names = ['max_execution_time', 'max_result_rows', 'max_memory_usage', 'max_threads', 'readonly'];
    const settings = async (query: Record<string, string>) => {
      const answer = await endpoint.ask(
        `SELECT name, value FROM system.settings WHERE name IN ('${names.join("','")}')`,
        query,
      );
      return Object.fromEntries(
        answer.text
          .trim()
          .split('\n')
          .map((line) => line.split('\t')),
      );
    };
    const ours = {
      max_execution_time: '20',
      max_result_rows: '1000000',
      max_memory_usage: '400000000',
      max_threads: '2',
      readonly: '1',
    };
    expect(await settings({})).toEqual(ours);
    expect(await settings({ max_execution_time: '0', max_threads: '99', max_memory_usage: '9e18' })).toEqual(
      ours,
    );
    expect(await settings({ max_execution_time: '3' })).toEqual({ ...ours, max_execution_time: '3' });
    expect((await endpoint.ask('SELECT 1', { max_threads: 'x' })).status).toBe(400);
    const numbers = await endpoint.ask('SELECT toUInt64(1) AS a', {
      default_format: 'JSONEachRow',
      output_format_json_quote_64bit_integers: '1',
    });
    expect(numbers.text).toBe('{"a":"1"}\n');
  });

  it('never outlive a request', async () => {
    await endpoint.ask('SELECT 1', { session_timezone: 'Asia/Tokyo' });
    expect((await endpoint.ask('SELECT timezone()')).text).not.toContain('Tokyo');
  });
});
