import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { topics } from '../../schemas/topics.ts';
import { lagOf } from '../../services/log/log.ts';
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { storeGroup } from '../../services/store/store.ts';
import { durableLog, kill, startStore } from './kill-world.ts';
import { analysedEntries } from './samples.ts';
import { clock, newFolder, openWorld, quiet, settings } from './world.ts';

const posts = 8000;
const kills = 4;
/** The last one is filled by a view: its part is written after the one of `analyses`, or never. */
const tables = ['posts', 'analyses', 'mentions'] as const;

test(
  'a store that is killed in the middle of inserts loses nothing and doubles nothing',
  { timeout: 90_000 },
  async () => {
    const dataDir = newFolder();
    const log = await createSqliteLog(durableLog, { clock, logger: quiet, dataDir });
    await log.createTopics(topics);
    for (let from = 0; from < posts; from += 2000) {
      await log.append([
        {
          topic: 'analyses',
          entries: [
            ...analysedEntries(from, from + 200),
            ...analysedEntries(from + 200, from + 2000, { refused: true }),
          ],
        },
      ]);
    }
    const made = await openWorld(dataDir);
    for (const table of tables) {
      // A merge would hide rows that went in twice.
      await made.command(`ALTER TABLE vigilstream.${table} MODIFY SETTING
        max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1`);
    }
    await made[Symbol.asyncDispose]();
    const left = async () =>
      (await lagOf(log, storeGroup, ['analyses'])).reduce((sum, { lag }) => sum + lag, 0);

    let killedInWork = 0;
    for (let round = 0; round < kills; round++) {
      const child = await startStore(dataDir);
      const before = await left();
      if (before > 0) await expect.poll(left, { interval: 5, timeout: 20_000 }).not.toBe(before);
      await wait(Math.random() * 150);
      await kill(child, 'SIGKILL');
      if ((await left()) > 0) killedInWork += 1;
    }
    const last = await startStore(dataDir);
    while ((await left()) > 0) await wait(20);
    await kill(last, 'SIGTERM');
    await log[Symbol.asyncDispose]();

    const database = await openDatabase(settings(), { dataDir });
    // Rows as they lie on the disk: no FINAL, which would hide what is there twice.
    const rows = await Promise.all(
      tables.map((table) =>
        database.query(`SELECT count() AS n, uniqExact(post_id) AS posts FROM vigilstream.${table}`),
      ),
    );
    const volumes = await database.query(
      'SELECT sum(posts) AS posts, sum(analysed) AS analysed, sum(refused) AS refused FROM vigilstream.posts_hourly',
    );
    const otherBounds = await database.query(`
      SELECT min_offset FROM vigilstream.batches GROUP BY topic, partition, min_offset HAVING uniqExact(max_offset) > 1`);
    await database[Symbol.asyncDispose]();
    const named = posts / 10;
    expect(rows).toEqual([[{ n: posts, posts }], [{ n: posts, posts }], [{ n: named, posts: named }]]);
    expect(volumes).toEqual([{ posts, analysed: named, refused: posts - named }]);
    expect(otherBounds).toEqual([]);
    expect(killedInWork).toBeGreaterThan(0);
  },
);
