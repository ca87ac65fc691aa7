import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../services/store/database.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { migrate, migrationStatus } from '../../services/store/migrate.ts';
import { readMigrations, readRepeatables, render } from '../../services/store/migrations.ts';
import { columnsOfTable } from '../../services/store/queries/schema.ts';
import { analysedPostRows, taskColumns } from '../../services/store/rows.ts';
import { analysedSample } from './samples.ts';
import { clock, countOf, newFolder, quiet, settings } from './world.ts';

const shipped = new URL('../../schemas/clickhouse/', import.meta.url);
const deps = { logger: quiet, clock };
let database: Database;

/** A copy of the shipped migrations that can be changed. */
async function copy(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await cp(shipped, folder, { recursive: true });
  return pathToFileURL(`${folder}/`);
}

const columnsOf = async (table: string) =>
  (await database.query<{ name: string }>(columnsOfTable, { params: { table } })).map(({ name }) => name);

beforeAll(async () => {
  database = await openDatabase(settings(), { dataDir: newFolder() });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await database.command('DROP DATABASE IF EXISTS vigilstream SYNC');
});

test('all is applied once and in order; a second time there is nothing to do', async () => {
  const numbered = (await readMigrations()).map(({ name }) => name);
  expect(await migrationStatus(database, settings())).toEqual(
    numbered.map((name) => ({ name, state: 'pending' })),
  );
  expect(await migrate(database, settings(), deps)).toEqual([...numbered, 'views.sql', 'retention.sql']);
  expect(await migrate(database, settings(), deps)).toEqual([]);
  expect(new Set((await migrationStatus(database, settings())).map(({ state }) => state))).toEqual(
    new Set(['applied']),
  );
});

test('a migration that was changed after it had been applied is refused by name', async () => {
  const from = await copy();
  await migrate(database, settings(), { ...deps, from });
  const file = new URL('0002_analyses.sql', from);
  await writeFile(file, `${await readFile(file, 'utf8')}\n-- changed`);
  await expect(migrate(database, settings(), { ...deps, from })).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    message: expect.stringContaining('0002_analyses.sql') as string,
  });
  const states = await migrationStatus(database, settings(), from);
  expect(states.filter(({ state }) => state === 'changed').map(({ name }) => name)).toEqual([
    '0002_analyses.sql',
  ]);
});

test('a new task is one migration, and the views show its columns', async () => {
  const from = await copy();
  await migrate(database, settings(), { ...deps, from });
  await writeFile(
    new URL('0999_irony.sql', from),
    '{alter analyses} ADD COLUMN IF NOT EXISTS irony LowCardinality(String);\n{alter analyses} ADD COLUMN IF NOT EXISTS irony_p Float32;\n',
  );
  expect(await migrate(database, settings(), { ...deps, from })).toEqual(['0999_irony.sql', 'views.sql']);
  expect(await columnsOf('findings')).toEqual(expect.arrayContaining(['irony', 'irony_p']));
});

test('a migration that was cut off in the middle is run again', async () => {
  const first = (await readMigrations())[0];
  await database.command('CREATE DATABASE vigilstream');
  await database.command(render(first?.text ?? '', settings())[0] ?? '');
  await expect(migrate(database, settings(), deps)).resolves.toContain(first?.name);
});

test('a process that is overtaken by another one leaves to it what it has done', async () => {
  let overtaken: string[] = [];
  const slow: Database = {
    ...database,
    command: async (sql) => {
      await database.command(sql);
      if (overtaken.length === 0 && sql.includes('vigilstream.posts')) {
        overtaken = await migrate(database, settings(), deps);
      }
    },
  };
  expect(await migrate(slow, settings(), deps)).toEqual(['0001_posts.sql', 'views.sql', 'retention.sql']);
  expect(overtaken).toHaveLength((await readMigrations()).length + 2);
});

test('retention follows the settings, and for ever means for ever', async () => {
  const ttlOf = async (table: string) => {
    const [row] = await database.query<{ q: string }>(
      "SELECT create_table_query AS q FROM system.tables WHERE database = 'vigilstream' AND name = {table:String}",
      { params: { table } },
    );
    return /TTL (.+?)(?: SETTINGS|$)/.exec(row?.q ?? '')?.[1];
  };
  await migrate(database, settings(), deps);
  expect(await ttlOf('posts')).toContain('4294967295');
  expect(await ttlOf('mentions')).toContain('4294967295');
  expect(await ttlOf('drops')).toContain('toIntervalDay(90)');
  const changed = settings({ retentionDays: { posts: 400 } });
  expect(await migrate(database, changed, deps)).toEqual(['retention.sql']);
  expect(await ttlOf('posts')).toContain('toIntervalDay(400)');
  expect(await ttlOf('mentions')).toContain('toIntervalDay(400)');
});

test('posts, analyses and mentions age out together, also those that were analysed anew', async () => {
  await migrate(database, settings({ retentionDays: { posts: 30 } }), deps);
  const now = clock.now();
  const days = (n: number) => now - n * 86_400_000;
  const records = [2, 28, 33, 400].map((ago, n) => {
    const { post, analysis } = analysedSample(n);
    return {
      v: 1,
      post: { ...post, seenAt: days(ago) },
      analysis: { ...analysis, analysedAt: days(1) },
    } as const;
  });
  for (const [n, record] of records.entries())
    for (const [table, row] of analysedPostRows(record))
      await database.insert(`vigilstream.${table}`, [row], { token: `${table} ${n}` });
  for (const table of ['posts', 'analyses', 'mentions']) {
    await database.command(`OPTIMIZE TABLE vigilstream.${table} FINAL`);
    const rows = await database.query(`SELECT post_id AS id FROM vigilstream.${table} ORDER BY id`);
    expect(rows, table).toEqual([{ id: 'forum:0' }, { id: 'forum:1' }]);
  }
  // By its projections, too.
  for (const where of ["concept_id = 'v:headache'", "day = '2026-03-01'"])
    expect(await countOf(database, `mentions WHERE run = 'live' AND ${where}`)).toBe(2);
});

test('scores and mentions of an earlier version stay, and the last complete scan is shown', async () => {
  const from = await copy();
  for (const name of ['0013_scan_slots.sql', '0014_mentions_age.sql', 'views.sql', 'retention.sql'])
    await rm(new URL(name, from));
  for (const name of ['views.sql', 'retention.sql']) await writeFile(new URL(name, from), '');
  await migrate(database, settings(), { ...deps, from });
  const at = Date.UTC(2026, 1, 3, 12);
  const scores = (scanAt: number, ids: readonly string[]) =>
    ids.map((id) => ({ scan_at: scanAt, run: 'live', level: 'term', product_id: 'p', concept_id: id }));
  const scan = (scanAt: number) => ({ scan_at: scanAt, run: 'live', pairs: 2 });
  for (const [n, one] of [at, at + 86_400_000, at + 86_460_000].entries()) {
    const rows = scores(one, n === 1 ? ['a', 'b', 'gone'] : ['a', 'b']);
    await database.insert('vigilstream.pair_scores', rows, { token: `scores ${n}` });
    await database.insert('vigilstream.scans', [scan(one)], { token: `scan ${n}` });
  }
  const mention = { run: 'live', post_id: 'forum:1', role: 'effect', stored_at: at / 1000 };
  await database.insert('vigilstream.mentions', [mention], { token: 'mention' });

  expect(await migrate(database, settings(), deps)).toContain('0013_scan_slots.sql');
  await database.command('OPTIMIZE TABLE vigilstream.pair_scores FINAL');
  expect(await countOf(database, 'pair_scores')).toBe(5);
  const latest = await database.query(
    'SELECT concept_id AS id, toString(scan_at) AS at FROM vigilstream.pair_scores_latest ORDER BY id',
  );
  expect(latest).toEqual(['a', 'b'].map((id) => ({ id, at: '2026-02-04 12:01:00.000' })));
  expect(await database.query('SELECT post_id, toString(seen_day) AS day FROM vigilstream.mentions')).toEqual(
    [{ post_id: 'forum:1', day: '2026-02-03' }],
  );
});

test('every sentence task of tasks.json has its two columns', async () => {
  await migrate(database, settings(), deps);
  expect(await columnsOf('analyses')).toEqual(
    expect.arrayContaining(taskColumns.flatMap((task) => [task, `${task}_p`])),
  );
});

test.each(['plain', 'replicated', 'distributed'] as const)(
  'the text for %s tables is valid SQL without a rest of ours',
  async (engine) => {
    const target = settings({ engine, cluster: 'main' });
    const all = [...(await readMigrations()), ...(await readRepeatables())];
    const statements = all.flatMap(({ text }) => render(text, target));
    for (const statement of statements) {
      expect(statement).not.toMatch(/\{\w+[ }]/);
      const [row] = await database.query<{ f: string }>('SELECT formatQuery({q:String}) AS f', {
        params: { q: statement },
      });
      expect(row?.f).toBeTruthy();
    }
    const joined = statements.join('\n');
    expect(joined.includes('ReplicatedReplacingMergeTree')).toBe(engine !== 'plain');
    expect(joined.includes("ON CLUSTER 'main'")).toBe(engine !== 'plain');
    expect(joined.includes('Distributed(')).toBe(engine === 'distributed');
  },
);

test('tables over several machines need the name of the cluster', async () => {
  await expect(migrate(database, settings({ engine: 'replicated' }), deps)).rejects.toThrow('store.cluster');
});
