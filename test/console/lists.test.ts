import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { halvesOf, rangeOf } from '../../services/console/range.ts';
import { addSignal, evidenceOf } from '../alert/world.ts';
import { noon } from '../store/samples.ts';
import { insertSamples, openConsoleWorld, type World } from './world.ts';

const day = 86_400_000;
let world: World;
let app: ReturnType<World['open']>;

/** Numbers of samples that were written so many days before the first of March, noon. */
const daysAgo = (days: number, count: number): number[] =>
  Array.from({ length: count }, (_, n) => n - days * 86_400);

beforeAll(async () => {
  world = await openConsoleWorld();
  const { database } = world;
  for (const [ago, people] of [
    [0, 9],
    [1, 5],
    [2, 4],
    [3, 2],
    [4, 1],
  ] as const)
    await insertSamples(database, daysAgo(ago, people));
  const evidence = evidenceOf(5, { from: '2026-02-25', to: '2026-02-28' });
  const pair = { productId: 'v:tablets', conceptId: 'v:headache' };
  await addSignal(database, '00000000000000aa', noon, evidence, pair);
  await addSignal(database, '00000000000000bb', noon, evidence, { ...pair, conceptId: 'v:nausea' });
  await addSignal(database, '00000000000000cc', noon, evidence, { productId: 'v:other' });
  app = world.open();
});
afterAll(() => world.database[Symbol.asyncDispose]());

async function get(path: string): Promise<string> {
  return (await app.request(path, { headers: { accept: 'text/html' } })).text();
}
const plain = (href: string): string => href.replaceAll('&amp;', '&');

describe('before and lately', () => {
  // 14:00 on the first of March: the day is not over.
  test.each([
    ['range=24h', undefined],
    ['range=7d', ['2026-02-23', '2026-02-26', '2026-03-01', 3]],
    ['range=28d', ['2026-02-01', '2026-02-15', '2026-03-01', 14]],
    ['from=2026-02-26&to=2026-02-28', ['2026-02-27', '2026-02-28', '2026-03-01', 1]],
    ['from=2026-02-28&to=2026-02-28', undefined],
    ['from=2026-02-27&to=2027-01-01', ['2026-02-27', '2026-02-28', '2026-03-01', 1]],
    ['from=2026-03-01&to=2026-03-01', undefined],
    ['from=2027-03-01&to=2027-03-09', undefined],
  ])('are as many whole days each: %s', (query, expected) => {
    const params = new URLSearchParams(query);
    const now = world.clock.now();
    const halves = halvesOf(
      rangeOf((name) => params.get(name) ?? undefined, now),
      now,
    );
    expect(halves && [halves.first, halves.middle, halves.end, halves.days]).toEqual(expected);
  });

  test.each([
    ['range=24h', '–'],
    ['range=7d', '1 → 5'],
    ['from=2026-02-27&to=2026-02-28', '4 → 5'],
  ])('the list counts their people, and nothing where there are none: %s', async (query, expected) => {
    const text = await get(`/products?${query}&sort=rise`);
    const cells = [...text.matchAll(/<td class="number">([\s\S]*?)<\/td>/g)].map(([, cell = '']) =>
      cell.replaceAll(/<[^>]*>/g, '').trim(),
    );
    expect(cells[2]).toBe(expected);
  });
});

describe('signals', () => {
  test('the people of a signal lead to their posts, whatever time the page is about', async () => {
    for (const range of ['', '?range=24h', '?from=2025-01-01&to=2025-01-02']) {
      const text = await get(`/signals${range}`);
      const href = /<a\s+href="([^"]+)">5<\/a>/.exec(text.slice(text.indexOf('v:headache')))?.[1] ?? '';
      expect(await get(plain(href)), href).toContain('by 5 people');
    }
  });

  test('those of a product are counted and gone through by themselves, and the page says so', async () => {
    const all = await get('/signals');
    expect(all).not.toContain('Only signals of');
    expect(all).toMatch(/Open\s*<small>3<\/small>/);
    const badge = /class="badge warn"\s*href="([^"]+)"\s*>(\d)</.exec(await get('/products'));
    expect(badge?.[2]).toBe('2');
    const text = await get(plain(badge?.[1] ?? ''));
    expect(text).toMatch(/Only signals of\s*<a\s+class="chip"/);
    expect(text.match(/<tr data-row/g)).toHaveLength(2);
    expect(text).toMatch(/Open\s*<small>2<\/small>/);
    const tab = /<a\s+href="([^"]+)"[^>]*>All\s*<small>2<\/small>/.exec(text)?.[1] ?? '';
    expect((await get(plain(tab))).match(/<tr data-row/g)).toHaveLength(2);
    const without = /<a\s+class="chip"\s+href="([^"]+)"/.exec(text)?.[1] ?? '';
    expect((await get(plain(without))).match(/<tr data-row/g)).toHaveLength(3);
  });

  test.each([
    ['/products/v:tablets', 2],
    ['/reactions/v:headache', 1],
  ])('the number of open signals on %s leads to them', async (path, count) => {
    const links = [...(await get(path)).matchAll(/<a\s+href="(\/signals\?[^"]*)"[^>]*><b[^>]*>(\d+)</g)];
    expect(links.map(([, , number]) => Number(number))).toEqual([count]);
    expect((await get(plain(links[0]?.[1] ?? ''))).match(/<tr data-row/g)).toHaveLength(count);
  });

  test('of very many the list says that it is not all', async () => {
    const note = 'The 200 that changed last are shown';
    expect((await get('/signals')).includes(note)).toBe(false);
    const pair = (n: number) => ({ productId: `v:${n}` });
    for (let n = 0; n < 200; n++)
      await addSignal(
        world.database,
        `f${n.toString(16).padStart(15, '0')}`,
        noon - day,
        evidenceOf(1),
        pair(n),
      );
    expect((await get('/signals')).includes(note)).toBe(true);
  });
});
