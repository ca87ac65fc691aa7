import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apiRoutes } from '../../services/console/api/index.ts';
import { decodeCursor, encodeCursor } from '../../services/console/api/fields.ts';
import type { Route } from '../../services/console/api/route.ts';
import { consoleConfig } from '../../services/console/config.ts';
import { openApiDocument } from '../../services/console/openapi/document.ts';
import { refreshSuperseded } from '../../services/store/queries/mentions.ts';
import { postDeletion, noon } from '../store/samples.ts';
import { insertSamples, openConsoleWorld, type World } from './world.ts';

const posts = 240;
let world: World;
let app: ReturnType<World['open']>;
let routes: Route[];

beforeAll(async () => {
  world = await openConsoleWorld();
  const numbers = Array.from({ length: posts }, (_, n) => n);
  await insertSamples(world.database, numbers.slice(0, 200));
  await insertSamples(world.database, numbers.slice(200), {
    refused: true,
    text: 'Rain again in São Paulo, no pills',
  });
  await insertSamples(world.database, [3], {
    revision: 1,
    text: 'the tablets: dizzy, not a headache after all',
  });
  const gone = postDeletion(5);
  await world.database.insert(
    'vigilstream.deletions',
    [
      {
        post_id: gone.postId,
        author: '',
        source: 'forum',
        reason: gone.reason,
        at: gone.at,
        seen_at: gone.seenAt,
      },
    ],
    { token: 'gone' },
  );
  await refreshSuperseded(world.database);
  app = world.open();
  routes = apiRoutes(consoleConfig.parse({}), world.deps);
});
afterAll(() => world.database[Symbol.asyncDispose]());

type Json = Record<string, unknown>;
/** What some answer holds; which it is, the route says. */
type Body = Json & {
  readonly items: Json[];
  readonly next: string | null;
  readonly posts: number;
  readonly post: Json;
  readonly earlier: Json[];
  readonly analyses: Json[];
  readonly readers: Json[];
  readonly duplicates: Json[];
  readonly openapi: string;
  readonly paths: Record<string, Json>;
};

async function get(path: string): Promise<{ status: number; body: Body }> {
  const answer = await app.request(`/api/v1${path}`);
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function send(method: string, path: string, value: unknown): Promise<{ status: number; body: Json }> {
  const headers = { 'content-type': 'application/json' };
  const answer = await app.request(`/api/v1${path}`, { method, headers, body: JSON.stringify(value) });
  return { status: answer.status, body: (await answer.json()) as Json };
}

const window = 'from=2026-03-01&to=2026-03-01';

async function walk(path: string): Promise<Json[]> {
  const all: Json[] = [];
  let next: string | null = '';
  while (next !== null) {
    const { status, body }: { status: number; body: Body } = await get(
      `${path}${next === '' ? '' : `&cursor=${next}`}`,
    );
    expect(status).toBe(200);
    all.push(...body.items);
    ({ next } = body);
  }
  return all;
}

describe('the document', () => {
  test('names every route that answers, and each answer is what its schema says', async () => {
    const { body: document } = await get('/openapi.json');
    expect(document.openapi).toMatch(/^3\.1\./);
    const listed = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(new Set(listed)).toEqual(new Set(routes.map(({ method, path }) => `${method} ${path}`)));
    expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length);

    const signal = '0123456789abcdef';
    const values: Record<string, string> = { product: 'v:tablets', reaction: 'v:headache', name: 'none' };
    const ids: Record<string, string> = {
      '/posts/{id}': 'forum:1',
      '/panels/{id}': 'posts-read',
      '/signals/{id}': signal,
    };
    for (const { method, path, media, response } of routes) {
      if (method !== 'get' || media) continue;
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(ids[path] ?? values[name] ?? 'none'),
      );
      const { status, body } = await get(filled);
      if (['/signals/{id}', '/alerts/{id}'].includes(path)) expect([path, status]).toEqual([path, 404]);
      else {
        expect([path, status]).toEqual([path, 200]);
        const checked = response.safeParse(body);
        expect([path, checked.error?.issues]).toEqual([path, undefined]);
      }
    }
  });

  test('resolves: every reference leads somewhere, every parameter of a path is described', () => {
    const document = openApiDocument(routes, 'x@1');
    const text = JSON.stringify(document);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer
        .split('/')
        .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
      expect([pointer, found]).toEqual([pointer, expect.anything()]);
    }
    for (const [path, item] of Object.entries(
      document['paths'] as Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>,
    )) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const operation of Object.values(item)) {
        const described = (operation.parameters ?? [])
          .filter((one) => one.in === 'path')
          .map(({ name }) => name);
        expect([path, described]).toEqual([path, inPath]);
      }
    }
  });

  test('is what docs/api.md lists', () => {
    const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'api.md'), 'utf8');
    const listed = docs.split('\n').filter((line) => /^\| [A-Z]+ \|/.test(line));
    expect(listed).toEqual(
      routes.map(
        ({ method, path, role = 'reader', summary }) =>
          `| ${method.toUpperCase()} | \`${path}\` | ${role} | ${summary} |`,
      ),
    );
  });

  test('can be read as a page', async () => {
    const text = await (await app.request('/api', { headers: { accept: 'text/html' } })).text();
    for (const { id } of routes) expect(text).toContain(`id="${id}"`);
  });
});

describe('posts', () => {
  const countIn = async (query: string) => (await get(`/posts/count?${window}&${query}`)).body.posts;

  test('a walk by cursor shows every post once, newest first, without what is gone or was edited', async () => {
    const all = await walk(`/posts?${window}&limit=37`);
    const ids = all.map(({ postId }) => postId);
    expect(ids).toHaveLength(posts - 1);
    expect(new Set(ids).size).toBe(posts - 1);
    expect(ids).not.toContain('forum:5');
    expect(all.find(({ postId }) => postId === 'forum:3')).toMatchObject({ revision: 1 });
    const times = all.map(({ createdAt }) => Number(createdAt));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test.each([
    ['a word, whatever its case', 'q=HEADACHE', 199],
    ['two words', 'q=number+headache', 198],
    ['a phrase', 'q=%22number%2017%20gave%22', 1],
    ['a phrase that is not there', 'q=%22gave%20number%22', 0],
    ['without a word', 'q=tablets+-headache', 0],
    ['letters beyond ASCII', 'q=são', 40],
    ['a word with a hyphen', 'q=two-days', 0],
    ['no word at all', 'q=%21%3F', posts - 1],
    ['a product', 'product=v:tablets', 199],
    ['a reaction that nobody has', 'concept=v:nausea', 0],
    ['a class with a product', 'class=v:nervous&product=v:tablets&role=effect', 199],
    ['an answer of the model', 'task=adverse_effect&label=yes&minP=0.5', 199],
    ['a source that there is not', 'source=nowhere', 0],
    ['two languages', 'lang=en&lang=de', posts - 1],
  ])('are found by %s', async (_what, query, expected) => {
    expect(await countIn(query)).toBe(expected);
    expect((await get(`/posts?${window}&${query}&limit=200`)).body.items).toHaveLength(
      Math.min(200, expected),
    );
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      "'; DROP TABLE vigilstream.posts; --",
      "') OR 1=1 --",
      '{word0:String}',
      '\\',
      "\\' OR 1=1",
      '%',
      '_',
      '" OR ""="',
      '${product:sqlstring}',
      '\u0000',
      'SETTINGS readonly=0',
      '/* */ UNION ALL SELECT password',
    ),
  );

  test('SQL text in a filter is a value like any other', async () => {
    const before = await countIn('');
    await fc.assert(
      fc.asyncProperty(
        hostile,
        fc.constantFrom('q', 'source', 'product', 'concept', 'class', 'lang', 'label', 'cursor'),
        async (text, name) => {
          const value = encodeURIComponent(text.toWellFormed());
          const task = name === 'label' ? '&task=adverse_effect' : '';
          const { status, body } = await get(`/posts?${window}&${name}=${value}${task}`);
          expect([200, 400]).toContain(status);
          if (status === 400) expect(body).toMatchObject({ title: expect.any(String), status: 400 });
        },
      ),
      { numRuns: 60 },
    );
    expect(await countIn('')).toBe(before);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1e9', 'limit'],
    ['from=yesterday', 'from'],
    ['from=2026-03-02&to=2026-03-01', 'from'],
    ['from=1900-01-01', 'from'],
    ['task=DROP', 'task'],
    ['label=yes', 'label'],
    ['role=anything', 'role'],
    ['minP=2', 'minP'],
  ])('a filter that cannot be is refused by name: %s', async (query, path) => {
    const { status, body } = await get(`/posts?${query}`);
    expect([status, body]).toMatchObject([400, { errors: [{ path }] }]);
  });

  test('a cursor is good for its own filter only, and whatever it holds it gets an answer', async () => {
    const { body } = await get(`/posts?${window}&limit=5`);
    expect((await get(`/posts?${window}&limit=5&q=headache&cursor=${body.next ?? ''}`)).status).toBe(400);
    const shape = z.tuple([z.number(), z.string()]);
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, place) => {
        expect(() => decodeCursor(shape, {}, text)).toThrow('The cursor cannot be used');
        expect(() => decodeCursor(shape, {}, encodeCursor({}, place))).toThrow('The cursor cannot be used');
      }),
    );
  });

  test('a post is shown with all that is known, and who has read it; what is gone is not', async () => {
    const { body } = await get('/posts/forum%3A3');
    expect(body.post).toMatchObject({ postId: 'forum:3', revision: 1 });
    expect(body.earlier).toMatchObject([{ revision: 0 }]);
    expect(new Set(body.analyses.map(({ revision }) => revision))).toEqual(new Set([0, 1]));
    expect(body.analyses.at(-1)).toMatchObject({
      model: 'sample-1',
      terminology: 'open-1',
      spans: [{ concept: 'Headache', candidates: [{ id: 'v:headache', term: 'Headache' }] }],
    });
    expect(body.readers).toMatchObject([{ person: 'local', action: 'post.read' }]);
    const rain = await get('/posts/forum%3A210');
    expect(rain.body.duplicates).toHaveLength(39);
    for (const id of ['forum%3A5', 'forum%3A999', '%27%20OR%201%3D1'])
      expect((await get(`/posts/${id}`)).status).toBe(404);
  });
});

describe('exports', () => {
  const formats = { csv: 'CSVWithNames', ndjson: 'JSONEachRow', parquet: 'Parquet' } as const;
  const names = Object.keys(formats) as (keyof typeof formats)[];

  /** The posts with a word as a file, and its rows as the engine reads them back. */
  async function exportOf(word: string, format: keyof typeof formats) {
    const answer = await app.request(`/api/v1/posts/export?${window}&q=${word}&format=${format}`);
    const file = join(mkdtempSync(join(tmpdir(), 'vigil-export-')), `posts.${format}`);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const rows = await world.database.query(
      `SELECT post_id, text, exported_by, software, export_filter, terminology, effects, products
       FROM file('${file}', '${formats[format]}') ORDER BY post_id`,
    );
    return { answer, rows };
  }

  test.each(names)(
    '%s is read back by the engine, row for row, with who, when, filter and version',
    async (format) => {
      const { answer, rows } = await exportOf('headache', format);
      expect(answer.headers.get('content-disposition')).toMatch(
        new RegExp(`filename="posts-\\d{8}T\\d{6}\\.${format}"`),
      );
      expect(rows).toHaveLength(199);
      expect(rows.find(({ post_id: id }) => id === 'forum:17')).toMatchObject({
        text: 'the new tablets number 17 gave me a headache for two days',
        exported_by: 'local',
        software: 'vigilstream@test',
        terminology: 'open-1',
        effects: 'Headache',
        products: 'tablets',
      });
      expect(JSON.parse(String(rows[0]?.['export_filter']))).toMatchObject({ text: 'headache' });
      expect(JSON.parse(answer.headers.get('vigilstream-provenance') ?? '')).toMatchObject({
        by: 'local',
        filter: { text: 'headache' },
      });
    },
  );

  test.each(names)(
    'what a spreadsheet would take for a formula is marked in CSV alone: %s',
    async (format) => {
      const formulas = ['=HYPERLINK("https://evil.example")', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '＝1'];
      const written = [...formulas, 'none = 1', "'=1"].map((text) => `${text} spreadsheet`);
      for (const [n, text] of written.entries())
        await insertSamples(world.database, [300 + n], { refused: true, text });
      const { rows } = await exportOf('spreadsheet', format);
      const isMarked = (n: number) => format === 'csv' && n < formulas.length;
      expect(rows.map(({ text }) => text)).toEqual(
        written.map((text, n) => (isMarked(n) ? `'${text}` : text)),
      );
    },
  );

  test('a filter with any letters fits into the header', async () => {
    const answer = await app.request(`/api/v1/posts/export?${window}&q=${encodeURIComponent('são "😀"')}`);
    await answer.text();
    expect(JSON.parse(answer.headers.get('vigilstream-provenance') ?? '')).toMatchObject({
      filter: { text: 'são "😀"' },
    });
  });
});

describe('the audit trail', () => {
  test('holds a row for every read of a post and every change, with who and when, and no text of a post', async () => {
    await get('/posts/forum%3A42');
    const added = await send('POST', '/views', { name: 'headaches', page: 'posts', query: 'q=headache' });
    await send('DELETE', `/views/${String(added.body['id'])}`, undefined);
    await send('POST', '/silences', { from: noon, until: noon + 86_400_000, reason: 'holiday' });
    const { body } = await get('/audit?limit=4');
    expect(body.items.map(({ action, object }) => [action, object])).toEqual([
      ['silence.add', expect.any(String)],
      ['view.delete', added.body['id']],
      ['view.save', added.body['id']],
      ['post.read', 'forum:42'],
    ]);
    const all = await walk('/audit?limit=9');
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(JSON.stringify(all)).not.toContain('gave me a headache');
    const mine = await get('/audit?object=forum%3A42');
    expect(mine.body.items).toMatchObject([
      { person: 'local', role: 'admin', via: 'local', action: 'post.read' },
    ]);
  });
});

describe('views', () => {
  test('are kept, listed for their page, and deleted once', async () => {
    const { status, body } = await send('POST', '/views', {
      name: 'rain',
      page: 'posts',
      query: 'q=rain',
    });
    expect(status).toBe(201);
    expect((await get('/views?page=posts')).body.items).toMatchObject([{ name: 'rain', person: 'local' }]);
    expect((await get('/views?page=alerts')).body.items).toEqual([]);
    expect((await send('DELETE', `/views/${String(body['id'])}`, undefined)).status).toBe(200);
    expect((await send('DELETE', `/views/${String(body['id'])}`, undefined)).status).toBe(404);
    expect((await get('/views?page=posts')).body.items).toEqual([]);
  });

  test.each([
    ['no name', { page: 'posts', query: '' }],
    ['a page that shows no views', { name: 'x', page: 'signals', query: '' }],
    ['a line break in the address', { name: 'x', page: 'posts', query: 'a=b\nc' }],
    ['more than was asked', { name: 'x', page: 'posts', query: '', person: 'somebody' }],
  ])('are refused: %s', async (_what, value) => {
    expect((await send('POST', '/views', value)).status).toBe(400);
  });
});

describe('counts', () => {
  test('people and posts of products, reactions and a pair are those of the samples', async () => {
    const products = await get(`/products?${window}`);
    expect(products.body.items).toEqual([{ id: 'v:tablets', name: 'tablets', people: 50, posts: 199 }]);
    const reactions = await get(`/reactions?${window}&level=class&product=v%3Atablets`);
    expect(reactions.body.items).toEqual([
      { id: 'v:nervous', name: 'Nervous system', people: 50, posts: 199 },
    ]);
    const pair = await get(`/pairs/v%3Atablets/v%3Aheadache?${window}&strata=platform`);
    expect(pair.body).toMatchObject({
      totals: { people: 50, posts: 199 },
      series: [{ at: '2026-03-01', people: 50, posts: 199 }],
      tables: [{ stratum: 'discourse', n11: 50, n1x: 50, nx1: 50, n: 50 }],
      scores: null,
    });
  });
});

describe('rules and signals', () => {
  test('a malformed rule gets one clear line; a good one is saved, tried, and its history kept', async () => {
    const rule = { kind: 'post', title: 'Overdoses', of: 'overdose' };
    for (const [value, words] of [
      [{}, 'kind'],
      [{ ...rule, severity: 'loud' }, 'severity'],
      [{ ...rule, terms: ['no such complaint'] }, 'no such complaint'],
    ] as const) {
      const { status, body } = await send('PUT', '/rules/overdoses', value);
      expect([status, String(body['detail'])]).toEqual([422, expect.stringContaining(words)]);
      expect(String(body['detail'])).not.toContain('\n');
    }
    expect((await send('PUT', '/rules/overdoses', rule)).body).toMatchObject({
      id: 'overdoses',
      of: 'overdose',
    });
    const tried = await send('POST', '/rules/dry-run?from=2026-02-01&to=2026-03-01', {
      ...rule,
      id: 'overdoses',
    });
    expect(tried).toMatchObject({ status: 200, body: { rule: 'overdoses', alerts: 0 } });
    expect((await get('/rules/overdoses/history')).body.items).toMatchObject([
      { version: 1, person: 'local' },
    ]);
    expect((await send('DELETE', '/rules/overdoses', undefined)).status).toBe(200);
    expect((await send('DELETE', '/rules/overdoses', undefined)).status).toBe(404);
  });

  test.each([
    [
      'a signal that there is not',
      '/signals/0123456789abcdef/transitions',
      { toState: 'validated', reason: 'seen' },
      404,
    ],
    [
      'a state that there is not',
      '/signals/0123456789abcdef/transitions',
      { toState: 'forgotten', reason: 'x' },
      400,
    ],
    ['no reason', '/signals/0123456789abcdef/transitions', { toState: 'validated', reason: ' ' }, 400],
    ['no signal id', '/signals/nonsense/transitions', { toState: 'validated', reason: 'x' }, 400],
    ['an alert that there is not', '/alerts/none/resend', { channel: 'hook' }, 422],
  ])('what cannot be done is refused: %s', async (_what, path, value, status) => {
    expect((await send('POST', path, value)).status).toBe(status);
  });

  test('a body that is no JSON gets a clear answer', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request('/api/v1/views', { method: 'POST', headers, body: '{"name": "x' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { title: 'The body is not JSON' }]);
  });
});
