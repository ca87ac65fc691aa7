import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClickhouse } from '../../services/store/databases/clickhouse/clickhouse.ts';
import { clickhouseConfig } from '../../services/store/databases/clickhouse/config.ts';
import { migrate } from '../../services/store/migrate.ts';
import { databaseContract } from '../contract/database.ts';
import { startEndpoint, type Running } from './endpoint/harness.ts';
import { analysedEntries, analysedSample, entryOf } from './samples.ts';
import { clock, countOf, newLog, quiet, settings, storeAll } from './world.ts';

/** A real engine behind the protocol of a server. */
let server: Running;
beforeAll(async () => {
  server = await startEndpoint({ write: true, tables: 'none' });
});
afterAll(async () => {
  await server.close();
});

const connect = () =>
  openClickhouse(clickhouseConfig.parse({ url: server.url, username: 'reader', password: server.password }));

databaseContract('clickhouse', async () => connect());

test('migrations and the store stage work over the wire', async () => {
  const database = connect();
  expect(await migrate(database, settings(), { logger: quiet, clock })).toContain('views.sql');
  const log = await newLog();
  const bad = analysedSample(900);
  const refused = entryOf({ ...bad, post: { ...bad.post, links: 7 } }, 'forum:900');
  await log.append([{ topic: 'analyses', entries: [...analysedEntries(0, 300), refused] }]);
  await storeAll(log, database);
  expect(await countOf(database, 'posts')).toBe(300);
  expect(await countOf(database, "dead_letters WHERE reason = 'database-refused'")).toBe(1);
  await database[Symbol.asyncDispose]();
});

test.each([
  ['a server that is not there', { url: 'http://127.0.0.1:9' }, 'DATABASE_AWAY', true],
  ['a wrong password', { password: 'wrong' }, 'DATABASE_BROKEN', false],
])('%s', async (_name, values, code, canRetry) => {
  const given = { url: server.url, username: 'reader', password: server.password, ...values };
  const database = openClickhouse(clickhouseConfig.parse(given));
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code, canRetry });
  await database[Symbol.asyncDispose]();
});
