import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSeldom } from '../../services/console/seldom.ts';
import { sourcesSql } from '../../services/store/queries/console.ts';
import { deletionRows } from '../../services/store/rows.ts';
import { authorDeletion, noon, postDeletion } from '../store/samples.ts';
import { createClock, insertSamples, openConsoleWorld, type World } from './world.ts';

// Rows of the tables that are no posts of their own: edits, second models, rows that came twice, what is gone.
let world: World;
let app: ReturnType<World['open']>;

const later = noon + 9_000_000;
const copied = 'this text of mine gave half of the town a headache';

beforeAll(async () => {
  world = await openConsoleWorld();
  const { database } = world;
  await insertSamples(database, [1, 2, 3, 4, 5, 6, 8, 9]);
  await insertSamples(database, [7], { refused: true });
  await insertSamples(database, [5, 6]);
  await insertSamples(database, [1, 2], { model: 'sample-2', analysedAt: later });
  await insertSamples(database, [3], { model: 'sample-2', analysedAt: later, effect: 'no' });
  await insertSamples(database, [4], { revision: 1, text: 'edited: a headache', analysedAt: later });
  await insertSamples(database, [20, 21, 22, 23], { text: copied, effect: 'no' });
  for (const notice of [postDeletion(8), authorDeletion('author 9')])
    for (const [table, row] of deletionRows(notice))
      await database.insert(`vigilstream.${table}`, [row], { token: JSON.stringify(row) });
  const change = (column: string, n: number) =>
    database.command(
      `ALTER TABLE vigilstream.posts UPDATE ${column} WHERE post_id = 'forum:${n}' SETTINGS mutations_sync = 2`,
    );
  await change('author_automated = true', 20);
  await change("flags = ['advert']", 6);
  app = world.open();
});
afterAll(() => world.database[Symbol.asyncDispose]());

const api = async <T>(path: string): Promise<T> => (await (await app.request(`/api/v1${path}`)).json()) as T;
const countIn = async (query: string): Promise<number> =>
  (await api<{ posts: number }>(`/posts/count?from=2026-03-01&to=2026-03-01&${query}`)).posts;

test('every post that can be read counts once, on all pages that tell how many there are', async () => {
  // Of 1 to 9 two are gone; four copies.
  const posts = 11;
  expect(await countIn('')).toBe(posts);
  const { totals, sources } = await api<{ totals: object; sources: object[] }>('/overview');
  // Number 7 was refused by the gate; number 3 and the copies have no finding.
  expect(totals).toEqual({ posts, analysed: 10, findings: 5, people: 5 });
  const lastSeenAt = noon + 23_500;
  expect(sources).toEqual([{ name: 'forum', posts, lastSeenAt }]);
  expect((await api<{ items: object[] }>('/sources')).items).toMatchObject([
    { name: 'forum', platform: 'discourse', posts, lastSeenAt, firstCreatedAt: noon + 1000 },
  ]);
  expect(await world.database.query(sourcesSql)).toEqual([{ name: 'forum', posts, lastSeenAt }]);
});

test('the posts of a source lead to all of them, whatever time the page is about', async () => {
  for (const range of ['', '?range=24h', '?from=2026-02-01&to=2026-02-02']) {
    const headers = { accept: 'text/html' };
    const page = await (await app.request(`/sources${range}`, { headers })).text();
    const href = /<a href="(\/posts\?[^"]+)">11<\/a>/.exec(page)?.[1] ?? '';
    const list = await (await app.request(href.replaceAll('&amp;', '&'), { headers })).text();
    expect(list, href).toContain('<b>11 posts</b>');
  }
});

describe('without copies, bots and adverts', () => {
  test.each([
    ['all posts', '', 11, 7],
    ['a word', 'q=town', 4, 1],
    ['an answer of the model', 'task=adverse_effect&label=no', 5, 2],
    ['a language that nobody writes', 'lang=xx', 0, 0],
  ])('the posts of a filter are found each text once: %s', async (_what, query, all, once) => {
    expect(await countIn(query)).toBe(all);
    expect(await countIn(`${query}&duplicates=without`)).toBe(once);
    const { items } = await api<{ items: object[] }>(
      `/posts?from=2026-03-01&to=2026-03-01&duplicates=without&${query}`,
    );
    expect(items).toHaveLength(once);
  });

  test('the first one counts, of all time: a day on which there are only copies of it has none', async () => {
    const { items } = await api<{ items: { postId: string }[] }>(
      '/posts?from=2026-03-01&to=2026-03-01&q=town&duplicates=without',
    );
    // Number 20 is earlier, but a bot.
    expect(items).toMatchObject([{ postId: 'forum:21' }]);
    const after = new Date(noon + 22_000).toISOString();
    expect(await api(`/posts/count?from=${after}&to=2026-03-01&q=town&duplicates=without`)).toMatchObject({
      posts: 0,
    });
  });
});

test('what takes long is asked seldom, what fails is asked again, and many who ask at once ask once', async () => {
  const clock = createClock();
  let asked = 0;
  let away = true;
  const current = createSeldom(clock, async () => {
    asked++;
    await Promise.resolve();
    if (away) throw new Error('away');
    clock.time += 1000;
    return asked;
  });
  await expect(current()).rejects.toThrow('away');
  away = false;
  expect(await Promise.all([current(), current()])).toEqual([2, 2]);
  clock.time += 19_000;
  expect(await current()).toBe(2);
  clock.time += 1000;
  expect(await current()).toBe(3);
});
