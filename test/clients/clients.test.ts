import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postRows, startEndpoint, type Running } from '../store/endpoint/harness.ts';
import { ask, buildGo, has, javaClient, python } from './tools.ts';

let endpoint: Running;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());

const goCompressions = ['none', 'gzip', 'lz4', 'zstd', 'br'] as const;
const modules = [
  ['2.43, the version of the Grafana plug-in', 'grafana.mod'],
  ['2.50', 'go.mod'],
] as const;

describe.skipIf(!has('go', ['version'])).each(modules)('clickhouse-go %s', (_, file) => {
  let answers: Record<string, Record<string, unknown>>;
  beforeAll(async () => {
    answers = await ask(await buildGo(file), [], endpoint);
  });

  it.each(goCompressions)("by the driver's own interface, compression %s", (compression) => {
    // Version 2.43 asks for plain answers to Exec, and then reads errors as if they were packed.
    const unreadable = file === 'grafana.mod' && (compression === 'lz4' || compression === 'zstd');
    const series = (day: string) => [
      `2026-01-0${day}T00:00:00Z`,
      'reddit',
      480,
      0,
      480,
      2,
      1,
      true,
      '1x',
      '1.5',
      1,
    ];
    expect(answers[`native ${compression}`]).toEqual({
      server: 'vigilstream',
      series: [series('1'), series('2')],
      rows: postRows,
      many: 300_000,
      parameters: ["o'h", 3],
      codes: { drop: unreadable ? -1 : 164, unknown: 47, file: 497, insertFails: true },
      cancelled: true,
    });
  });

  it.each(goCompressions)('by OpenDB as Grafana uses it, compression %s', (compression) => {
    const found = answers[`sql ${compression}`] ?? {};
    expect(found).toMatchObject({
      placeholder: postRows / 2,
      row: ['bluesky:0', '2026-01-01T00:00:00Z', 'bluesky', 'en', '0'.repeat(32), 0, false, 0, false],
      types: [
        'String',
        "DateTime64(3, 'UTC')",
        'LowCardinality(String)',
        'LowCardinality(String)',
        'FixedString(32)',
        'UInt32',
        'Bool',
        'Array(LowCardinality(String))',
        "Nullable(DateTime64(3, 'UTC'))",
      ],
    });
    expect(found['truncate']).not.toBe(0);
    const [
      version,
      timezone,
      databases,
      tables,
      names,
      tableNames,
      columns,
      described,
      sources,
      panel,
      none,
    ] = found['grafana'] as number[];
    expect([version, timezone, sources, panel, none]).toEqual([1, 1, 3, 10, 0]);
    expect([databases, tables, columns]).toEqual([names, tableNames, described]);
    expect(tables).toBeGreaterThan(10);
  });
});

describe.skipIf(!has('python3', ['-m', 'venv', '-h']))('clickhouse-connect', () => {
  let answers: Record<string, unknown>;
  beforeAll(async () => {
    const script = `${import.meta.dirname}/python/client.py`;
    answers = await ask(await python(), [script], endpoint);
  });

  it.each(['True', 'False', 'zstd', 'lz4', 'gzip'])('compression %s', (compression) => {
    expect(answers[compression]).toEqual({
      ping: true,
      parameters: ["o'h\n\tx", [1, 2], '1.50', [1, 2], { k: 1 }],
      bound: 6667,
      row: ['bluesky:0', '2026-01-01T00:00:00+00:00', 'bluesky', 'en', 0, false, 0, null],
      rows: postRows,
      many: 300_000,
      command: postRows,
      raw: '{"a":1}\n',
      tables: true,
      drop: 164,
      unknown: 47,
      file: 497,
      insert: true,
    });
  });
});

describe.skipIf(!has('mvn', ['-v']))('JDBC', () => {
  let answers: Record<string, unknown>;
  beforeAll(async () => {
    answers = await ask('java', await javaClient(), endpoint);
  });

  it.each(['packed', 'plain'])('answers %s', (compression) => {
    expect(answers[compression]).toEqual({
      valid: true,
      row: ['bluesky', 6667, 1_767_225_600],
      prepared: 6667,
      rows: postRows,
      tables: true,
      columns: true,
      types: true,
      drop: '164',
    });
  });
});

it('no client has brought a word of its statements into the log', () => {
  const everything = endpoint.logged.join('');
  for (const trace of ['SELECT', 'posts', 'reddit', endpoint.password])
    expect(everything).not.toContain(trace);
});
