import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lagOf, type Log } from '../../services/log/log.ts';
import type { Database } from '../../services/store/database.ts';
import type { Clock } from '../../services/shared/clock.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { runStore, storeGroup } from '../../services/store/store.ts';
import { analysedEntries, analysedSample, authorDeletion, entryOf, postDeletion } from './samples.ts';
import { clock, countOf, newLog, openWorld, quiet, settings, storeAll } from './world.ts';

let database: Database;
let log: Log;

beforeAll(async () => {
  database = await openWorld();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const table of [
    'posts',
    'edits',
    'analyses',
    'mentions',
    'deletions',
    'drops',
    'dead_letters',
    'gaps',
    'batches',
  ]) {
    await database.command(`TRUNCATE TABLE vigilstream.${table}`);
  }
  log = await newLog();
});

test('every record of the log becomes its rows, once, and is committed', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 300) }]);
  await log.append([{ topic: 'analyses', entries: analysedEntries(300, 1000, { refused: true }) }]);
  await storeAll(log, database);
  expect(await countOf(database, 'posts')).toBe(1000);
  expect(await countOf(database, 'analyses')).toBe(1000);
  expect(await countOf(database, "analyses WHERE gate = 'refused' AND adverse_effect = ''")).toBe(700);
  expect(await countOf(database, 'findings')).toBe(300);
  const committed = await log.committed(storeGroup, ['analyses']);
  expect(committed.reduce((sum, { offset }) => sum + offset, 0)).toBe(1000);
});

test('a post keeps every value that it came with', async () => {
  const hostile = 'tab\tline\nquote"\\ \u0000 😀 \u2028 {"a":1}\n\nDROP TABLE x; headache';
  const sample = analysedSample(7, { text: hostile, revision: 2 });
  await log.append([{ topic: 'analyses', entries: [entryOf(sample, sample.post.id)] }]);
  await storeAll(log, database);
  const [row] = await database.query(`
    SELECT p.text AS text, p.revision AS revision, toUnixTimestamp64Milli(p.created_at) AS created, p.links AS links,
      a.adverse_effect AS effect, round(a.adverse_effect_p, 3) AS p, a.\`spans.start\` AS start, a.\`spans.concept\` AS concept,
      a.\`products.name\` AS products, a.model AS model
    FROM vigilstream.posts AS p JOIN vigilstream.analyses AS a USING (post_id)`);
  expect(row).toEqual({
    text: hostile,
    revision: 2,
    created: sample.post.createdAt,
    links: ['example.org'],
    effect: 'yes',
    p: 0.9,
    start: [hostile.indexOf('headache')],
    concept: ['Headache'],
    products: ['tablets'],
    model: 'sample-1',
  });
});

test('half of a surrogate pair becomes U+FFFD and its post is kept', async () => {
  const sample = analysedSample(1, { text: 'cut \uD83D headache' });
  await log.append([{ topic: 'analyses', entries: [entryOf(sample, sample.post.id)] }]);
  await storeAll(log, database);
  expect(await database.query('SELECT text FROM vigilstream.posts')).toEqual([
    { text: 'cut \uFFFD headache' },
  ]);
});

test('edited and deleted posts, and posts of authors who are gone, leave the views and stay in the tables', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 10) }]);
  await log.append([
    {
      topic: 'analyses',
      entries: analysedEntries(3, 4, { revision: 1, text: 'it was nothing', effect: 'no' }),
    },
  ]);
  await log.append([
    { topic: 'analyses', entries: analysedEntries(4, 5, { revision: 2, text: 'a headache again' }) },
  ]);
  await log.append([
    {
      topic: 'deletions',
      entries: [entryOf(postDeletion(5), 'forum:5'), entryOf(authorDeletion('author 6'), 'a')],
    },
  ]);
  await storeAll(log, database);
  const current = await database.query<{ post_id: string; revision: number }>(
    'SELECT post_id, revision FROM vigilstream.posts_current ORDER BY post_id',
  );
  expect(current.map((row) => `${row.post_id}/${row.revision}`)).toEqual(
    ['0/0', '1/0', '2/0', '3/1', '4/2', '7/0', '8/0', '9/0'].map((id) => `forum:${id}`),
  );
  const findings = await database.query<{ id: string }>(
    'SELECT post_id AS id FROM vigilstream.findings ORDER BY id',
  );
  expect(findings.map(({ id }) => id)).toEqual([0, 1, 2, 4, 7, 8, 9].map((n) => `forum:${n}`));
  expect(await countOf(database, 'posts')).toBe(12);
});

test('the views show the latest model of each run', async () => {
  const at = Date.UTC(2026, 3, 1);
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 4, { model: 'm1', analysedAt: at }) }]);
  await log.append([
    { topic: 'analyses', entries: analysedEntries(0, 2, { model: 'm2', analysedAt: at + 1, effect: 'no' }) },
  ]);
  await log.append([
    { topic: 'analyses', entries: analysedEntries(0, 1, { model: 'm1', run: 'again', analysedAt: at + 2 }) },
  ]);
  await storeAll(log, database);
  expect(await countOf(database, 'analyses')).toBe(7);
  const rows = await database.query<{ k: string }>(
    "SELECT concat(post_id, ' ', run, ' ', model) AS k FROM vigilstream.findings ORDER BY k",
  );
  expect(rows.map(({ k }) => k)).toEqual(['forum:0 again m1', 'forum:2 live m1', 'forum:3 live m1']);
});

test('pairs count people and not posts', async () => {
  const same = analysedEntries(0, 6, { author: 'one person' });
  await log.append([
    { topic: 'analyses', entries: [...same, ...analysedEntries(6, 8, { author: 'another' })] },
  ]);
  await storeAll(log, database);
  const pairs = await database.query(
    "SELECT product_id, concept, people, posts FROM vigilstream.pairs_daily WHERE day > '2026-01-01'",
  );
  expect(pairs).toEqual([{ product_id: 'v:tablets', concept: 'Headache', people: 2, posts: 8 }]);
});

test('drops, gaps and dead letters have rows, equal ones counted each', async () => {
  // Older ones would be past their retention.
  const at = Date.now() - 60_000;
  const drop = {
    v: 1,
    stage: 'ingest',
    source: 'forum',
    reason: 'language',
    count: 3,
    at,
  };
  const letter = {
    v: 1,
    stage: 'ingest',
    source: 'forum',
    reason: 'not-json',
    origin: 'a.json@17',
    bytes: 9,
    detail: 'torn',
    record: null,
    at,
  };
  const gap = {
    v: 1,
    source: 'forum',
    from: at - 10_000,
    to: at,
    reason: 'down',
    seenAt: at,
  };
  await log.append([
    { topic: 'drops', entries: [entryOf(drop, 'forum'), entryOf(drop, 'forum')] },
    { topic: 'dead-letters', entries: [entryOf(letter, 'forum')] },
    { topic: 'gaps', entries: [entryOf(gap, 'forum')] },
  ]);
  await storeAll(log, database);
  expect(await database.query('SELECT sum(count) AS n FROM vigilstream.drops FINAL')).toEqual([{ n: 6 }]);
  expect(await database.query('SELECT origin, record FROM vigilstream.dead_letters')).toEqual([
    { origin: 'a.json@17', record: '' },
  ]);
  expect(await countOf(database, 'gaps')).toBe(1);
});

test('a record that the database refuses goes to the dead letters, the rest goes in', async () => {
  const good = analysedEntries(0, 200);
  const bad = analysedSample(500);
  const broken = { ...bad, post: { ...bad.post, links: 7 } };
  const torn = { key: 'x', value: Buffer.from('{"v":1,"post":') };
  const misshapen = entryOf({ v: 1, post: { v: 1 }, analysis: { v: 1 } }, 'y');
  const entries = [...good.slice(0, 90), entryOf(broken, 'forum:500'), torn, misshapen, ...good.slice(90)];
  await log.append([{ topic: 'analyses', entries }]);
  await storeAll(log, database);
  expect(await countOf(database, 'posts')).toBe(200);
  expect(await countOf(database, "analyses WHERE post_id != 'forum:500'")).toBe(200);
  const letters = await database.query<{ reason: string; record: string }>(
    'SELECT reason, record FROM vigilstream.dead_letters ORDER BY reason',
  );
  expect(letters.map(({ reason }) => reason)).toEqual(['database-refused', 'not-json', 'schema']);
  expect(JSON.parse(letters[0]?.record ?? '')).toEqual(broken);
});

test.each(['batches', 'posts', 'analyses'])(
  'a stop right after the insert into %s repeats the batch with its bounds, and no row is doubled',
  async (table) => {
    await log.append([{ topic: 'analyses', entries: analysedEntries(0, 150) }]);
    const dies: Database = {
      ...database,
      async insert(into, rows, options) {
        await database.insert(into, rows, options);
        if (into.endsWith(`.${table}`)) throw new VigilError('DATABASE_BROKEN', 'died here');
      },
    };
    // A merge would hide rows that went in twice.
    await database.command('SYSTEM STOP MERGES');
    await expect(storeAll(log, dies)).rejects.toThrow('died here');
    expect(await log.committed(storeGroup, ['analyses'])).toEqual([]);
    await log.append([{ topic: 'analyses', entries: analysedEntries(150, 400) }]);
    await storeAll(log, database);
    expect(await countOf(database, 'posts')).toBe(400);
    expect(await countOf(database, 'analyses')).toBe(400);
    const bounds = await database.query<{ n: number }>(
      'SELECT uniqExact(max_offset) AS n FROM vigilstream.batches GROUP BY partition, min_offset',
    );
    expect(bounds.every(({ n }) => n === 1)).toBe(true);
    await database.command('SYSTEM START MERGES');
  },
);

test('a log that is made anew is stored, though its offsets were seen before', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 50) }]);
  await storeAll(log, database);
  const anew = await newLog();
  await anew.append([{ topic: 'analyses', entries: analysedEntries(50, 90) }]);
  await storeAll(anew, database);
  expect(await countOf(database, 'posts')).toBe(90);
});

test('a member that joins in the middle of inserts takes partitions over, and no row is doubled', async () => {
  log = await newLog(4);
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 2000) }]);
  await database.command('SYSTEM STOP MERGES');
  const stop = new AbortController();
  const slow: Database = {
    ...database,
    async insert(table, rows, options) {
      await database.insert(table, rows, options);
      await clock.sleep(30);
    },
  };
  const values = settings({ batch: { rows: 100, seconds: 0.01 } });
  const deps = { log, database: slow, clock, logger: quiet, signal: stop.signal };
  const members = [runStore(values, { ...deps, metrics: createMetrics() })];
  const left = async () =>
    (await lagOf(log, storeGroup, ['analyses'])).reduce((sum, { lag }) => sum + lag, 0);
  await expect.poll(left, { interval: 5 }).toBeLessThan(2000);
  members.push(runStore(values, { ...deps, metrics: createMetrics() }));
  await expect.poll(left, { timeout: 20_000 }).toBe(0);
  stop.abort();
  await Promise.all(members);
  for (const table of ['posts', 'analyses']) {
    expect(await countOf(database, table)).toBe(2000);
    const distinct = await database.query(`SELECT uniqExact(post_id) AS n FROM vigilstream.${table}`);
    expect(distinct).toEqual([{ n: 2000 }]);
  }
  await database.command('SYSTEM START MERGES');
});

test('ten minutes without the database stop consumption and lose nothing', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 100) }]);
  let now = 0;
  const time: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms) {
      now += Math.ceil(ms);
      await setImmediate();
    },
  };
  let handedOut = 0;
  const watched: Log = {
    ...log,
    async consumer(options) {
      const consumer = await log.consumer(options);
      return {
        ...consumer,
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
        async *[Symbol.asyncIterator]() {
          for await (const batch of consumer) {
            handedOut += batch.records.length;
            yield batch;
          }
        },
      };
    },
  };
  const during: number[] = [];
  const away: Database = {
    ...database,
    async insert(table, rows, options) {
      if (now < 600_000) {
        during.push(handedOut, (await log.committed(storeGroup, ['analyses'])).length);
        // More comes in meanwhile; at most one more batch is read while this one waits.
        if (during.length === 20)
          await log.append([{ topic: 'analyses', entries: analysedEntries(100, 2000) }]);
        throw new VigilError('DATABASE_AWAY', 'no connection', { canRetry: true });
      }
      await database.insert(table, rows, options);
    },
  };
  const values = { batch: { rows: 50, seconds: 0.05 } };
  const metrics = await storeAll(watched, away, values, undefined, time);
  expect(now).toBeGreaterThan(600_000);
  expect(during.filter((_, i) => i % 2 === 1).every((committed) => committed === 0)).toBe(true);
  expect(Math.max(...during)).toBeLessThanOrEqual(300);
  expect(await countOf(database, 'posts')).toBe(2000);
  expect((await metrics.databaseDown.get()).values[0]?.value).toBe(0);
});

test('a commit that the log does not take yet is tried again', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 50) }]);
  let failures = 0;
  const flaky: Log = {
    ...log,
    async consumer(options) {
      const consumer = await log.consumer(options);
      return {
        ...consumer,
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
        [Symbol.asyncIterator]: () => consumer[Symbol.asyncIterator](),
        async appendAndCommit(outputs, positions) {
          failures += 1;
          if (failures < 3) throw new VigilError('LOG_FULL', 'no room', { canRetry: true });
          await consumer.appendAndCommit(outputs, positions);
        },
      };
    },
  };
  await storeAll(flaky, database);
  expect(failures).toBeGreaterThanOrEqual(3);
  expect(await countOf(database, 'posts')).toBe(50);
});

test('a stop while the database is away ends the stage and commits nothing', async () => {
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 100) }]);
  let tried = 0;
  const away: Database = {
    ...database,
    async insert() {
      tried += 1;
      throw new VigilError('DATABASE_FULL', 'disk full', { canRetry: true });
    },
  };
  await storeAll(log, away, {}, () => tried > 0);
  expect(await log.committed(storeGroup, ['analyses'])).toEqual([]);
  await storeAll(log, database);
  expect(await countOf(database, 'posts')).toBe(100);
});

test('tables of another version stop the stage with what to do', async () => {
  const old: Database = { ...database, query: async () => [] };
  await expect(storeAll(log, old)).rejects.toThrow('run "vigilstream migrate"');
});
