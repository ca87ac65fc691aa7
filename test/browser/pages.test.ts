import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/monitor.ts';
import { fits, openSite, seriousFaults, shots, type Site } from './support.ts';

let site: Site;
let product = '';
let reaction = '';

const json = async <T>(path: string): Promise<T> =>
  (await fetch(`${site.place.page}${path}`)).json() as Promise<T>;
type Items = { items: { id: string; people: number }[] };
type Signals = { items: { signalId: string; productId: string; conceptId: string; level: string }[] };

beforeAll(async () => {
  site = await openSite({ demo: { liveRate: 4 }, signal: { every: 10 } });
  await until(
    'a signal was detected',
    async () => (await json<Signals>('/api/v1/signals')).items.length > 0,
    400_000,
  );
  product = (await json<Items>('/api/v1/products')).items[0]?.id ?? '';
  reaction = (await json<Items>('/api/v1/reactions')).items[0]?.id ?? '';
});

afterAll(async () => {
  expect(await site.close()).toBe(0);
});

const paths = (): readonly (readonly [name: string, path: string])[] => [
  ['today', '/'],
  ['products', '/products'],
  ['product', `/products/${product}`],
  ['pair', `/products/${product}/${reaction}?range=365d&by=platform`],
  ['reactions', '/reactions?level=class'],
  ['reaction', `/reactions/${reaction}`],
  ['medicines', '/medicines'],
  ['vaccines', '/vaccines'],
  ['signals', '/signals'],
];

test.each([
  ['light', {}],
  ['dark', { dark: true }],
  ['narrow', { width: 1024 }],
  ['telephone', { width: 390 }],
])(
  'every page opens without a complaint, fits, and axe-core finds nothing serious: %s',
  async (look, options) => {
    for (const [name, path] of paths()) {
      const { page, complaints } = await site.visit(path, options);
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(shots, `${name}-${look}.png`), fullPage: true });
      expect(complaints, path).toEqual([]);
      expect(await fits(page), `${path} is cut off`).toBe(true);
      if (look !== 'telephone') expect(await seriousFaults(page), path).toEqual([]);
      await page.context().close();
    }
  },
);

test('from today to a product and its posts; what is counted is what is listed', async () => {
  const { page, complaints } = await site.visit('/');
  await page.click('#top-movers tbody tr:first-child a');
  await page.waitForURL(/\/products\//);
  const people = Number((await page.locator('.stats > * b').first().innerText()).replaceAll(/\D/g, ''));
  expect(people).toBeGreaterThan(0);
  await page.click('.actions a');
  await page.waitForURL(/\/posts\?/);
  expect(await page.locator('[data-row]').count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
});

test('a chart is drawn from its table, can be zoomed and downloaded', async () => {
  const { page, complaints } = await site.visit(`/products/${product}`);
  await page.waitForSelector('.chart-box canvas');
  const rows = await page.locator('.chart-box .numbers tbody tr').count();
  expect(rows).toBeGreaterThan(3);
  const download = page.waitForEvent('download');
  await page.click('.chart-tools >> text=CSV');
  const stream = await (await download).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^"time_utc",/);
  expect(lines.length - 1).toBeGreaterThanOrEqual(rows);
  const picture = page.waitForEvent('download');
  await page.click('.chart-tools >> text=PNG');
  expect((await picture).suggestedFilename()).toMatch(/\.png$/);
  expect(complaints).toEqual([]);
});

test.each(['America/Los_Angeles', 'Pacific/Kiritimati'])(
  'a day of a chart has the same name in every zone: %s',
  async (zone) => {
    const { page, complaints } = await site.visit(`/products/${product}?range=365d`, { zone });
    const figure = page
      .locator('.chart-box')
      .filter({ has: page.locator('canvas') })
      .first();
    const days = await figure.locator('.numbers tbody tr').evaluateAll((rows) =>
      rows.map((row) => {
        const at = new Date(Number(row.getAttribute('data-at')) * 1000);
        return [row.querySelector('time')?.textContent, at.toISOString().slice(0, 10)];
      }),
    );
    expect(days.length).toBeGreaterThan(3);
    for (const [shown = '', day] of days)
      expect(new Date(`${shown} UTC`).toISOString().slice(0, 10)).toBe(day);
    await figure.locator('.u-over').hover();
    const pointed = (await figure.locator('.u-legend .u-value').first().textContent()) ?? '';
    expect(days.map(([shown]) => shown)).toContain(pointed);
    expect(complaints).toEqual([]);
  },
);

test('the keyboard walks the list, opens a row and goes to another page', async () => {
  const { page, complaints } = await site.visit('/products');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const name = await page.locator('tr[data-row]:focus th').innerText();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/products\//);
  expect(await page.locator('h1').innerText()).toBe(name);
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.waitForURL(/\/signals/);
  await page.keyboard.press('/');
  expect(await page.evaluate('document.activeElement.id')).toBe('search');
  expect(complaints).toEqual([]);
});

test('a person takes a signal through its life, with a reason at each step', async () => {
  const { items } = await json<Signals>('/api/v1/signals');
  const { page, complaints } = await site.visit(`/signals/${items[0]?.signalId}`);
  await page.selectOption('select[name=toState]', 'validated');
  await page.fill('textarea[name=reason]', 'read all the posts, they hold');
  await page.click('#step button[type=submit]');
  await page.waitForSelector('.lead .badge >> text=validated');
  expect(await page.locator('#history-title + table').innerText()).toContain('read all the posts, they hold');
  await page.selectOption('select[name=toState]', 'closed');
  await page.fill('textarea[name=reason]', 'nothing in it');
  await page.click('#step button[type=submit]');
  // A closed signal needs an outcome: the page says so and keeps the signal as it was.
  expect(await page.locator('[role=alert]').innerText()).toContain('say which');
  await page.selectOption('select[name=toState]', 'closed');
  await page.selectOption('select[name=outcome]', 'refuted');
  await page.fill('textarea[name=reason]', 'a rumour');
  await page.click('#step button[type=submit]');
  await page.waitForSelector('.lead .badge >> text=refuted');
  expect(complaints.filter((line) => !line.includes('422'))).toEqual([]);
});
