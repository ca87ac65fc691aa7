import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { asyncProperty, assert as check, array, integer, nat } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cursor } from '../../schemas/flow.ts';
import type { Post } from '../../schemas/post.ts';
import { ingestConfig } from '../../services/ingest/config.ts';
import { ingestFiles, runIngest } from '../../services/ingest/ingest.ts';
import type { Log } from '../../services/log/log.ts';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import { logSettings } from '../support/log-tools.ts';
import { createWorld, defaults, stillClock, streams, valuesOf, type World } from './world.ts';

class Crash extends Error {}

/** A log that dies at its n-th append, before or after the append has happened. */
function crashing(log: Log, at: number, after: boolean): Log {
  let appends = 0;
  return {
    ...log,
    [Symbol.asyncDispose]: async () => {},
    async append(outputs) {
      const dies = appends++ === at;
      if (dies && !after) throw new Crash();
      await log.append(outputs);
      if (dies) throw new Crash();
    },
  };
}

/** Runs until the crash, if one comes. */
async function runInto(log: Log, path: string, { deps }: World, batchRecords = 100): Promise<void> {
  try {
    await ingestFiles([path], { ...defaults, batchRecords }, { ...deps, log }, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/** Runs again and again, dying where it is told, until a run comes through. */
async function runWithCrashes(
  path: string,
  crashes: readonly { at: number; after: boolean }[],
  batchRecords: number,
): Promise<World> {
  const log = createMemoryLog(logSettings({ partitions: 1 }), { clock: stillClock });
  const world = await createWorld({ log });
  for (const { at, after } of [...crashes, { at: -1, after: false }]) {
    await runInto(crashing(log, at, after), path, world, batchRecords);
  }
  return world;
}

const withoutBatching = (posts: readonly Post[]): Post[] => posts.map((post) => ({ ...post, seenAt: 0 }));

const crashes = array(
  integer({ min: 0, max: 6 }).chain((at) =>
    integer({ min: 0, max: 1 }).map((after) => ({ at, after: after === 1 })),
  ),
  { maxLength: 12 },
);

describe.each([
  'x-v2.ndjson',
  'mastodon.sse',
  'pushshift.ndjson',
  'rss2.xml',
  'own.csv',
  'discourse-topic.json',
])('%s', (file) => {
  test('a crash at any append loses and doubles nothing', async () => {
    const calm = await runWithCrashes(join(streams, file), [], 100);
    const [posts, deletions] = [withoutBatching(await calm.posts()), await calm.deletions()];
    const letters = await calm.deadLetters();
    await calm[Symbol.asyncDispose]();
    await check(
      asyncProperty(crashes, integer({ min: 1, max: 4 }), async (dying, batchRecords) => {
        const world = await runWithCrashes(join(streams, file), dying, batchRecords);
        await using _world = world;
        expect(withoutBatching(await world.posts())).toEqual(posts);
        expect(await world.deletions()).toEqual(deletions);
        expect(await world.deadLetters()).toEqual(letters);
      }),
      { numRuns: 12 },
    );
  });
});

test.each([
  ['before', false, 0],
  ['after', true, 4],
])('a crash %s an append, and the posts come by another path', async (_name, after, duplicates) => {
  await using world = await createWorld();
  const [first, second] = [join(world.folder, 'app.ndjson'), join(world.folder, 'app.ndjson.1')];
  await cp(join(streams, 'pushshift.ndjson'), first);
  await runInto(crashing(world.log, 0, after), first, world);
  await cp(first, second);
  // One of the stream's own records is there twice.
  expect(await world.run([second])).toMatchObject({ accepted: 4 - duplicates, duplicates: 1 + duplicates });
  expect(await world.posts()).toHaveLength(4);
});

test('a packed file is gone on with inside the packing', async () => {
  await using place = await createWorld();
  const path = join(place.folder, 'packed.zst');
  const text = readFileSync(join(streams, 'pushshift.ndjson'));
  await writeFile(path, Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)]));
  const calm = await runWithCrashes(path, [], 100);
  const posts = withoutBatching(await calm.posts());
  await calm[Symbol.asyncDispose]();
  await check(
    asyncProperty(crashes, async (dying) => {
      const world = await runWithCrashes(path, dying, 1);
      await using _world = world;
      expect(withoutBatching(await world.posts())).toEqual(posts);
    }),
    { numRuns: 10 },
  );
});

test('a file that is cut at any byte and grows later gives the same posts', async () => {
  const text = readFileSync(join(streams, 'jetstream.ndjson'));
  await using calm = await createWorld();
  await calm.run([join(streams, 'jetstream.ndjson')]);
  const expected = (await calm.posts()).map(({ id, text: words }) => [id, words]);
  await check(
    asyncProperty(nat({ max: text.length }), nat({ max: text.length }), async (one, two) => {
      await using world = await createWorld();
      const path = join(world.folder, 'growing.ndjson');
      const config = ingestConfig.parse({
        sources: [{ name: 'bluesky', driver: 'files', paths: [path], follow: true }],
      });
      for (const length of [Math.min(one, two), Math.max(one, two), text.length]) {
        await writeFile(path, text.subarray(0, length));
        const stop = new AbortController();
        // One look at the file, then the end.
        const clock = { ...stillClock, sleep: async () => stop.abort() };
        await runIngest(config, { ...world.deps, clock }, stop.signal);
      }
      expect((await world.posts()).map(({ id, text: words }) => [id, words])).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('every append carries its cursor, and the batches are numbered without a hole', async () => {
  const world = await runWithCrashes(join(streams, 'x-v1.ndjson'), [], 2);
  await using _world = world;
  const cursors = await valuesOf(world.log, 'cursors', cursor);
  expect(cursors.map(({ batch }) => batch)).toEqual(cursors.map((_, index) => index + 1));
  expect(new Set(cursors.map(({ source }) => source)).size).toBe(1);
  expect(JSON.stringify(cursors)).not.toMatch(/dizzy|someone/);
});
