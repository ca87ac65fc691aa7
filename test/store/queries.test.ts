import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../services/store/database.ts';
import { analysedPostRows } from '../../services/store/rows.ts';
import { analysedSample } from './samples.ts';
import { openWorld } from './world.ts';

const folder = new URL('../../services/store/queries/', import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
const queries: [string, string][] = [];
for (const file of files) {
  const exported = (await import(new URL(file, folder).href)) as Record<string, unknown>;
  for (const [name, text] of Object.entries(exported)) {
    if (typeof text === 'string' && /\bSELECT\b/.test(text)) queries.push([`${file} ${name}`, text]);
  }
}

let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** Some value for each `{name:Type}`. */
function someParams(sql: string): Record<string, string | number | readonly string[]> {
  const found = [...sql.matchAll(/\{(\w+):(\w+)/g)];
  const valueOf = (type: string) => (type === 'Array' ? [] : type === 'String' ? '' : 0);
  return Object.fromEntries(found.map(([, name = '', type = '']) => [name, valueOf(type)]));
}

test.each(queries)('%s runs on the tables as they are', async (_name, sql) => {
  await expect(database.query(sql, { params: someParams(sql) })).resolves.toBeInstanceOf(Array);
});

test.each([
  'posts_current',
  'analyses_current',
  'findings',
  'finding_effects',
  'mentions_standing',
  'mentions_current',
  'mentions_counted',
  'pairs_daily',
  'posts_daily',
  'posts_hourly',
])('the view %s can be read', async (view) => {
  expect(await database.query(`SELECT * FROM vigilstream.${view}`)).toEqual([]);
});

test('a stretch of time prunes the tables below the views', async () => {
  const rows = analysedPostRows(analysedSample(1)).flatMap(([table, row]) =>
    table === 'analyses' ? [row] : [],
  );
  await database.insert('vigilstream.analyses', rows, { token: 'one' });
  const plan = await database.query<{ explain: string }>(
    "EXPLAIN indexes = 1 SELECT count() FROM vigilstream.findings WHERE created_at > '2026-01-01 00:00:00'",
  );
  const text = plan.map(({ explain }) => explain).join('\n');
  expect(text).toMatch(/toStartOfHour\(created_at\) in/);
  expect(text).toMatch(/gate in 3-element set/);
});
