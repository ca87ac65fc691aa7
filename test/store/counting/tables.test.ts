import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import tasksFile from '../../../schemas/tasks.json' with { type: 'json' };
import type { Database } from '../../../services/store/database.ts';
import { openDatabase } from '../../../services/store/databases/index.ts';
import { migrate } from '../../../services/store/migrate.ts';
import { pairPeopleSql } from '../../../services/store/queries/alert-events.ts';
import { tablesOf, rankingOf } from '../../../services/store/queries/counts.ts';
import { writeTermLevels } from '../../../services/store/queries/mentions.ts';
import { columnsOfTable } from '../../../services/store/queries/schema.ts';
import { analysedPostRows, roleOf } from '../../../services/store/rows.ts';
import { createTerminology } from '../../../services/terminology/terminology.ts';
import { analysedSample, noon } from '../samples.ts';
import { clock, countOf, newFolder, quiet, settings } from '../world.ts';
import { empty, insertAll, recordOf, refresh, type Answer } from './build.ts';

const shipped = new URL('../../../schemas/clickhouse/', import.meta.url);
const deps = { logger: quiet, clock };
const whole = { from: '2026-01-01', to: '2026-12-31' };
const answer: Answer = {
  post: 0,
  revision: 0,
  run: 'live',
  model: 'm1',
  refused: false,
  effect: 'yes',
  indication: false,
  products: [0, 1],
  spans: [
    { concept: 1, mark: 'none' },
    { concept: 3, mark: 'none' },
  ],
};

let database: Database;
beforeAll(async () => {
  database = await openDatabase(settings(), { dataDir: newFolder() });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

test('what was analysed before there was the table of mentions is counted as well', async () => {
  const before = pathToFileURL(`${await mkdtemp(join(tmpdir(), 'migrations-'))}/`);
  await cp(shipped, before, {
    recursive: true,
    filter: (path) => !/\/(000[7-9]|00[1-9]\d)_/.test(path),
  });
  const records = [0, 4, 1, 2, 3].map((post, i) => recordOf({ ...answer, post }, noon + i));
  records.push(recordOf({ ...answer, post: 5, effect: 'unsure' }, noon + 9));
  for (const name of ['views.sql', 'retention.sql']) await writeFile(new URL(name, before), '');
  await migrate(database, settings(), { ...deps, from: before });
  const rows = records.flatMap(analysedPostRows).filter(([table]) => table === 'analyses');
  // As an earlier version wrote them: without the columns that came later.
  const columns = await database.query(columnsOfTable, { params: { table: 'analyses' } });
  const known = new Set(columns.map(({ name }) => name));
  const old = rows.map(([, row]) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => known.has(name))),
  );
  expect(known.has('spans.role')).toBe(false);
  await database.insert('vigilstream.analyses', old, { token: 'old' });
  await migrate(database, settings(), deps);
  await refresh(database);
  const { sql, params } = tablesOf('term', whole);
  const fresh = await database.query(sql, { params });
  const roles = await database.query(
    'SELECT role, count() AS n FROM vigilstream.mentions GROUP BY role ORDER BY n',
  );
  expect(roles).toEqual([
    { role: 'uncertain', n: 4 },
    { role: 'effect', n: 20 },
  ]);
  await empty(database);
  await insertAll(database, records);
  await refresh(database);
  expect(
    await database.query(tablesOf('term', whole).sql, { params: tablesOf('term', whole).params }),
  ).toEqual(fresh);
  expect(fresh.map(({ n11 }) => n11)).toEqual([3, 3]);
});

test('an insert that fails between the analyses and the mentions is whole after it is repeated, and counts once', async () => {
  await migrate(database, settings(), deps);
  await empty(database);
  await database.command('SYSTEM STOP MERGES');
  const records = Array.from({ length: 40 }, (_, n) =>
    recordOf({ ...answer, post: n, products: [0] }, noon + n),
  );
  await database.command("ALTER TABLE vigilstream.mentions ADD CONSTRAINT broken CHECK product_id != 'p0'");
  await expect(insertAll(database, records, 'same')).rejects.toThrow();
  await database.command('ALTER TABLE vigilstream.mentions DROP CONSTRAINT broken');
  for (let round = 0; round < 3; round++) await insertAll(database, records, 'same');
  expect(await countOf(database, 'analyses')).toBe(40);
  expect(await countOf(database, 'mentions')).toBe(80);
  const volumes = await database.query('SELECT sum(analysed) AS analysed FROM vigilstream.posts_hourly');
  expect(volumes).toEqual([{ analysed: 40 }]);
  await database.command('SYSTEM START MERGES');
});

test('volumes follow the rows: what is merged or removed leaves them', async () => {
  await empty(database);
  const records = Array.from({ length: 20 }, (_, n) => recordOf({ ...answer, post: n }, noon + n));
  await insertAll(database, records, 'once');
  await insertAll(database, records, 'again');
  await database.command('OPTIMIZE TABLE vigilstream.analyses FINAL');
  const sum = () =>
    database.query('SELECT sum(analysed) AS analysed, sum(effects) AS effects FROM vigilstream.posts_hourly');
  expect(await sum()).toEqual([{ analysed: 20, effects: 20 }]);
  await database.command("DELETE FROM vigilstream.analyses WHERE post_id = 'forum:3'");
  expect(await sum()).toEqual([{ analysed: 19, effects: 19 }]);
  await database.command(
    "ALTER TABLE vigilstream.analyses DELETE WHERE post_id = 'forum:4' SETTINGS mutations_sync = 1",
  );
  expect(await sum()).toEqual([{ analysed: 18, effects: 18 }]);
});

test('levels between term and class come from the terminology', async () => {
  await empty(database);
  await insertAll(database, [
    recordOf({ ...answer, products: [0], spans: [{ concept: 1, mark: 'none' }] }, noon),
    recordOf({ ...answer, post: 1, products: [0], spans: [{ concept: 2, mark: 'none' }] }, noon + 1),
  ]);
  const concept = (id: string) => ({
    id,
    term: id,
    classId: 'c',
    className: 'class',
    groups: [{ level: 'hlt', id: 'h1', name: 'group one' }],
    synonyms: [],
  });
  await writeTermLevels(
    database,
    createTerminology({ name: 'test', licence: 'none', concepts: ['e1', 'e2'].map(concept) }),
  );
  await refresh(database);
  const { sql, params } = rankingOf('reaction', 'hlt', whole, { productId: 'p0', reactionId: 'h1' });
  expect(await database.query(sql, { params })).toEqual([
    { id: 'h1', name: 'group one', people: 2, posts: 2 },
  ]);
  const tables = tablesOf('hlt', whole);
  const [row] = await database.query(tables.sql, { params: tables.params });
  expect(row).toMatchObject({ reaction_id: 'h1', n11: 2, n1x: 2, nx1: 2, n: 2 });
  const rule = {
    product: 'p0',
    from: Date.parse(whole.from),
    to: Date.parse(whole.to),
    sources: ['forum'],
    languages: [],
  };
  for (const [reaction, people] of [
    ['h1', 2],
    ['e1', 1],
    ['h2', 0],
  ] as const)
    expect(await database.query(pairPeopleSql, { params: { ...rule, concept: reaction } })).toEqual([
      { people, posts: people },
    ]);
});

const threshold = tasksFile.tasks.find(({ id }) => id === 'adverse_effect')?.threshold ?? NaN;

test.each<[Parameters<typeof roleOf>[0], Record<string, [label: string, probability: number]>, string]>([
  [{ label: 'effect' }, { adverse_effect: ['yes', 0.9] }, 'effect'],
  [{ label: 'effect' }, { adverse_effect: ['no', 0.51 * threshold] }, 'uncertain'],
  [{ label: 'effect' }, { adverse_effect: ['no', 0.49 * threshold] }, ''],
  [{ label: 'effect' }, { adverse_effect: ['no', 0.2], indication: ['yes', 0.9] }, 'indication'],
  [{ label: 'effect', marks: ['negated'] }, { adverse_effect: ['yes', 0.9] }, 'negated'],
  [{ label: 'effect', marks: ['uncertain', 'other-person'] }, { adverse_effect: ['no', 0] }, 'other-person'],
  [
    { label: 'effect', marks: ['other-person', 'indication'] },
    { adverse_effect: ['yes', 0.9] },
    'indication',
  ],
  [{ label: 'effect', marks: ['negated', 'other-person'] }, { adverse_effect: ['yes', 0.9] }, 'negated'],
  [{ label: 'drug' }, { adverse_effect: ['yes', 0.9] }, ''],
  [{ label: 'effect' }, {}, ''],
])('a span %j in a post with %j counts as "%s"', (span, answers, role) => {
  const tasks = Object.fromEntries(
    Object.entries(answers).map(([task, [label, probability]]) => [
      task,
      { label, probability, probabilities: [] },
    ]),
  );
  expect(roleOf(span, tasks)).toBe(role);
});

test('the flag of an advert goes with the analysis', () => {
  const { post, analysis } = analysedSample(1);
  const flagged = analysedPostRows({ v: 1, post: { ...post, flags: ['advert'] }, analysis });
  expect(flagged.map(([table, row]) => [table, row['advert']])).toContainEqual(['analyses', true]);
});
