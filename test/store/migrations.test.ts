import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../services/store/database.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { migrate, migrationStatus } from '../../services/store/migrate.ts';
import { readMigrations, readRepeatables, render } from '../../services/store/migrations.ts';
import { columnsOfTable } from '../../services/store/queries/schema.ts';
import { taskColumns } from '../../services/store/rows.ts';
import { clock, newFolder, quiet, settings } from './world.ts';

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
  expect(await ttlOf('drops')).toContain('toIntervalDay(90)');
  const changed = settings({ retentionDays: { posts: 400 } });
  expect(await migrate(database, changed, deps)).toEqual(['retention.sql']);
  expect(await ttlOf('posts')).toContain('toIntervalDay(400)');
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
