import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../../services/console/view.ts';
import { until } from '../support/monitor.ts';
import { ask, createScene, remove, runCommand, startCommand, type Place } from './scene.ts';
import { writeMarked, type MarkedFile } from './marked.ts';

/** The ways in which a piece of text may be hidden in what is written: as it is, base64 at each of three places, hexadecimal. */
function formsOf(mark: string): string[] {
  const aligned = [0, 1, 2].map((pad) =>
    Buffer.from(' '.repeat(pad) + mark)
      .toString('base64')
      .slice(pad === 0 ? 0 : pad + 1, -4),
  );
  return [mark, encodeURIComponent(mark), ...aligned, Buffer.from(mark).toString('hex')].filter(
    ({ length }) => length > 6,
  );
}

/** Which marks are in a text, whatever the case. */
function found(marks: readonly string[], text: string): string[] {
  const lower = text.toLowerCase();
  return marks.filter((mark) =>
    formsOf(mark).some((form) => text.includes(form) || lower.includes(form.toLowerCase())),
  );
}

/** What the page's API says to a browser that was led here under another name; `fetch` cannot say one. */
function asHost(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(`${place.page}/api/v1/findings`, { headers: { host } }, (response) => {
      readText(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    });
    asked.on('error', reject).end();
  });
}

let place: Place;
let files: MarkedFile[];
/** Everything that was written where no text of a post belongs, by where. */
const written: Record<string, string> = {};
let findings = '';
let tables = '';

const everywhere = (): string[] => files.flatMap(({ marks }) => [marks.text, ...marks.people]);
const people = (): string[] => files.flatMap(({ marks }) => marks.people);
const texts = (): string[] => files.map(({ marks }) => marks.text);

/** Statements that fail with a value of a row in hand, which engines like to quote. */
const failing = [
  'SELECT toUInt32(text) FROM posts',
  'SELECT toDateTime(text) FROM posts',
  'SELECT throwIf(1, text) FROM posts',
  "SELECT throwIf(notEmpty(text), 'no') FROM posts",
  "SELECT CAST(text AS Enum8('a' = 1)) FROM posts",
  'SELECT JSONExtract(text, text) FROM posts',
  'SELECT dictGet(text, text, 1) FROM posts',
  'SELECT toUUID(text), toIPv4(text) FROM posts',
  "SELECT parseDateTime(text, '%Y') FROM posts",
  'SELECT arrayElement([1], text) FROM posts',
  "SELECT accurateCast(text, 'Int8') FROM posts",
  'SELECT nothing FROM posts WHERE text',
  'SELECT toUInt32((SELECT max(text) FROM posts))',
  'SELECT sum(toInt256(text)) FROM posts GROUP BY source',
  "SELECT formatDateTime(now(), '%Y', text) FROM posts",
  'SELECT multiMatchAny(text, [concat(text, text)]) FROM posts',
  'SELECT base64Decode(text) FROM posts',
  'SELECT text::JSON FROM posts',
  'SELECT post_id FROM posts ORDER BY toDate(text)',
  'SELECT count() FROM posts AS a INNER JOIN posts AS b ON toUInt8(a.text) = toUInt8(b.text)',
  'SELECT source FROM posts GROUP BY source HAVING toUInt8(max(text)) = 1',
  "SELECT CAST((SELECT max(text) FROM posts) AS Enum8('a' = 1))",
  'SELECT toUInt8(t) FROM (SELECT arrayJoin(splitByChar(toFixedString(max(text), 1)[1], max(text))) AS t FROM posts)',
  'SELECT tupleElement((1, 2), (SELECT max(text) FROM posts))',
  'SELECT toTimeZone(now(), (SELECT max(text) FROM posts))',
  'SELECT dictGet((SELECT max(text) FROM posts), (SELECT max(text) FROM posts), 1)',
  'SELECT getSetting((SELECT max(text) FROM posts))',
  "INSERT INTO posts (post_id) VALUES ('x')",
];

beforeAll(async () => {
  place = await createScene({ logging: { level: 'trace', format: 'json' } });
  files = writeMarked(join(place.folder, 'in'));
  const file = join(place.folder, 'vigilstream.yaml');
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const sources = files.map(({ format, path }) => ({ name: format, driver: 'files', paths: [path] }));
  writeFileSync(
    file,
    JSON.stringify({
      ...settings,
      infer: { gate: { enabled: false } },
      ingest: { sources, maxRecordBytes: 20_000 },
    }),
  );

  const monitor = startCommand(place, ['start'], { DEBUG: '1' });
  const get = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${place.page}${path}`, init);
    return `${[...response.headers].join('\n')}\n${await response.text()}`;
  };
  await until(
    'every post is analysed',
    async () => {
      const response = await fetch(`${place.page}/api/v1/overview`);
      const { totals, stages } = (await response.json()) as Overview;
      return (
        totals.posts >= files.length &&
        totals.analysed === totals.posts &&
        stages.every(({ lag }) => (lag ?? 0) === 0)
      );
    },
    60_000,
  );
  findings = await get('/api/v1/findings');
  // Today, the posts and the pages of products are there to read posts; these say numbers and names of things only.
  for (const path of [
    '/products',
    '/reactions',
    '/medicines',
    '/vaccines',
    '/signals',
    '/sources',
    '/models',
    '/alerts',
    '/settings',
    '/api',
    '/api/v1/overview',
    '/api/v1/products',
    '/api/v1/signals',
    '/api/v1/nothing',
    '/assets/..%2f..',
    '/metrics',
    '/healthz',
    '/readyz',
  ]) {
    written[`page ${path}`] = await get(path);
  }
  written['page, as another host'] = await asHost('evil.example');
  const password = readFileSync(join(place.folder, 'secret', 'reader-password'), 'utf8').trim();
  let failures = 0;
  for (const sql of failing) {
    const response = await fetch(place.endpoint, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': password },
    });
    written[`endpoint: ${sql}`] = `${[...response.headers].join('\n')}\n${await response.text()}`;
    if (!response.ok) failures++;
  }
  expect(failures).toBeGreaterThan(failing.length * 0.8);
  const commands: string[][] = [
    ['query', failing[0] ?? ''],
    ['doctor'],
    ['ingest', join(place.folder, 'in', 'xnew.ndjson')],
    ['ingest', '--json', '--source', 'again', ...files.map(({ path }) => path)],
    ['analyse', join(place.folder, 'in', 'atom.xml')],
    ['config', 'show'],
  ];
  for (const args of commands) {
    const { stdout, stderr } = await runCommand(place, args, { DEBUG: '1' });
    written[args.slice(0, 2).join(' ')] = `${stdout}\n${stderr}`;
  }
  const analysed = await runCommand(place, ['analyse', join(place.folder, 'in', 'lines.ndjson')], {
    DEBUG: '1',
  });
  written['analyse, standard error'] = analysed.stderr;
  monitor.process.kill('SIGTERM');
  expect(await monitor.exit).toBe(0);
  written['metrics and log of the monitor'] = `${monitor.written.stdout}\n${monitor.written.stderr}`;
  const all = await ask(
    place,
    `SELECT ${['posts', 'analyses', 'deletions', 'drops', 'dead_letters', 'gaps', 'edits', 'batches']
      .map((table) => `(SELECT groupArray(toString(tuple(*))) FROM ${table}) AS ${table}`)
      .join(', ')}`,
  );
  tables = JSON.stringify(all);
});
afterAll(() => remove(place));

describe('texts and names stay where they belong', () => {
  test('the check can fail: the marks are in the files, the texts are in findings and tables', () => {
    const given = files.map(({ path }) => readFileSync(path, 'utf8')).join('\n');
    expect(found(texts(), given)).toEqual(texts());
    for (const { marks } of files) expect(found(marks.people, given).length).toBeGreaterThan(3);
    expect(found(texts(), tables)).toEqual(texts());
    expect(found(texts(), findings).length).toBeGreaterThan(files.length / 2);
    const [mark = ''] = texts();
    for (const hidden of [
      mark.toUpperCase(),
      Buffer.from(`a${mark}b`).toString('base64'),
      Buffer.from(mark).toString('hex'),
    ]) {
      expect(found([mark], `{"level":20,"msg":"${hidden}"}`)).toEqual([mark]);
    }
  });

  test('there was much to say: logs at their most talkative, and all kinds of broken records', () => {
    const log = written['metrics and log of the monitor'] ?? '';
    expect(log).toContain('"level":20');
    for (const reason of ['not-json', 'not-utf8', 'too-deep', 'unknown-shape', 'not-csv', 'too-large']) {
      expect([reason, tables.includes(reason)]).toEqual([reason, true]);
    }
  });

  test('no log line, metric, page, error or command says a word of a post or a name', () => {
    for (const [where, words] of Object.entries(written))
      expect([where, found(everywhere(), words)]).toEqual([where, []]);
  });

  test('people are nowhere: not in findings, not in tables, not in any file of the data folder', () => {
    expect(found(people(), findings)).toEqual([]);
    expect(found(people(), tables)).toEqual([]);
    const data = join(place.folder, '.vigilstream');
    const all = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name));
    for (const path of all.filter((name) => statSync(name).isFile())) {
      expect([path, found(people(), readFileSync(path, 'latin1'))]).toEqual([path, []]);
      if (/\.(log|err)$/.test(path))
        expect([path, found(texts(), readFileSync(path, 'latin1'))]).toEqual([path, []]);
    }
  });
});
