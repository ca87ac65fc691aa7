import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, type Engine } from '../../services/store/databases/chdb/engine.ts';
import { newFolder } from './world.ts';

const path = join(newFolder(), 'a & b <store>');
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ path, memoryBytes: 400_000_000 });
  engine.session.query('CREATE DATABASE vigilstream');
  engine.session.query('CREATE TABLE vigilstream.t (a UInt8) ENGINE = MergeTree ORDER BY a');
});
afterAll(async () => {
  await engine.close();
});

function asReader(sql: string): string {
  const session = engine.connect();
  try {
    session.query('SET ROLE reader');
    return session.query(sql, 'TSV');
  } finally {
    session.close();
  }
}

test('a second process on the folder is told in one line what to do', () => {
  const url = new URL('../../services/store/databases/chdb/engine.ts', import.meta.url);
  const code = `import(${JSON.stringify(url.href)}).then(({ openEngine }) => openEngine({ path: process.argv[1] }))
    .catch((error) => process.stdout.write(error.code + ' ' + error.message))`;
  const { stdout } = spawnSync(process.execPath, ['-e', code, path], { encoding: 'utf8' });
  expect(stdout).toBe(
    `DATABASE_BUSY another process holds the data folder ${path}: stop it, or set store.chdb.path to another folder`,
  );
});

test('a second engine on the folder in this process is refused as well', async () => {
  await expect(openEngine({ path })).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
});

test('a reader reads our tables', () => {
  expect(asReader('SELECT count() FROM vigilstream.t').trim()).toBe('0');
});

test.each([
  'CREATE TABLE vigilstream.x (a UInt8) ENGINE = MergeTree ORDER BY a',
  'INSERT INTO vigilstream.t VALUES (1)',
  'DROP TABLE vigilstream.t',
  "SELECT * FROM file('/etc/passwd', LineAsString)",
  "SELECT * FROM url('http://localhost/', LineAsString)",
  'SELECT * FROM system.users',
  'GRANT writer TO default',
])('a reader may not: %s', (sql) => {
  expect(() => asReader(sql)).toThrow(/Code: \d+/);
});

test('the memory cap holds', () => {
  const session = engine.connect();
  expect(() => session.query('SELECT uniqExact(number) FROM numbers(30000000)')).toThrow('Code: 241');
  session.close();
});

test('an insert is on the disk before it is acknowledged', () => {
  const sql =
    "SELECT name, value FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory') ORDER BY name";
  expect(engine.session.query(sql, 'TSV')).toBe('fsync_after_insert\t1\nfsync_part_directory\t1\n');
});

test('the configuration lies in the folder and quotes its path', () => {
  expect(readFileSync(join(path, 'config.xml'), 'utf8')).toContain('a &amp; b &lt;store&gt;/users.xml');
});
