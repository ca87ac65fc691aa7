import { createClient } from '@clickhouse/client';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postRows, startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());

describe.each([
  ['plain', {}],
  ['packed answers', { response: true }],
  ['packed both ways', { response: true, request: true }],
])('@clickhouse/client, %s', (_, compression) => {
  const open = () =>
    createClient({
      url: endpoint.url,
      username: 'reader',
      password: endpoint.password,
      database: 'vigilstream',
      compression,
    });

  it('pings, with and without a query', async () => {
    const client = open();
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
    await client.close();
  });

  it('queries with parameters, settings and an id', async () => {
    const client = open();
    const result = await client.query({
      query:
        'SELECT source, count() AS n FROM posts WHERE source IN {s:Array(String)} AND lang = {l:String} GROUP BY source ORDER BY source',
      query_params: { s: ['bluesky', 'reddit'], l: 'en' },
      format: 'JSONEachRow',
      query_id: 'a-question',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0, max_execution_time: 5 },
    });
    expect(await result.json()).toEqual([
      { source: 'bluesky', n: 3334 },
      { source: 'reddit', n: 3333 },
    ]);
    expect(result.query_id).toBe('a-question');
    expect(result.response_headers['x-clickhouse-format']).toBe('JSONEachRow');
    await client.close();
  });

  it('streams every row', async () => {
    const client = open();
    const result = await client.query({ query: 'SELECT * FROM posts', format: 'JSONEachRow' });
    let rows = 0;
    for await (const batch of result.stream()) rows += batch.length;
    expect(rows).toBe(postRows);
    await client.close();
  });

  it.each([
    ['DROP TABLE posts', '164'],
    ['SELECT nosuch', '47'],
    ["SELECT file('/etc/hostname')", '497'],
    ['SELEC 1', '62'],
  ])('gets the code of an error: %s', async (query, code) => {
    const client = open();
    await expect(client.command({ query })).rejects.toMatchObject({
      code,
      type: expect.stringMatching(/^[A-Z_]+$/),
    });
    await client.close();
  });

  it('cannot insert', async () => {
    const client = open();
    const insert = client.insert({ table: 'posts', values: [{ post_id: 'x' }], format: 'JSONEachRow' });
    await expect(insert).rejects.toMatchObject({ code: expect.stringMatching(/^(62|164)$/) });
    await client.close();
  });
});

describe('curl', () => {
  const run = promisify(execFile);
  const curl = async (...args: string[]) => (await run('curl', ['-sS', '--max-time', '20', ...args])).stdout;

  it.each([
    [
      'Basic authentication',
      (url: string, password: string) => ['-u', `reader:${password}`, '-d', 'SELECT 40 + 2', url],
    ],
    [
      'headers',
      (url: string, password: string) => [
        '-H',
        'X-ClickHouse-User: reader',
        '-H',
        `X-ClickHouse-Key: ${password}`,
        '-d',
        'SELECT 40 + 2',
        url,
      ],
    ],
    [
      'the address alone',
      (url: string, password: string) => [
        '-G',
        '--data-urlencode',
        'query=SELECT 40 + 2',
        '--data-urlencode',
        `password=${password}`,
        '-d',
        'user=reader',
        url,
      ],
    ],
    [
      'packed answers',
      (url: string, password: string) => [
        '--compressed',
        '-u',
        `reader:${password}`,
        '--data-binary',
        'SELECT 40 + 2',
        url,
      ],
    ],
  ])('by %s', async (_, args) => {
    expect(await curl(...args(`${endpoint.url}/`, endpoint.password))).toBe('42\n');
  });

  it('pings', async () => {
    expect(await curl(`${endpoint.url}/ping`)).toBe('Ok.\n');
  });
});
