import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, until } from '../support/monitor.ts';
import { fits, openSite, seriousFaults, shots, type Site } from './support.ts';

let site: Site;
let post = '';

const json = async <T>(path: string): Promise<T> =>
  (await fetch(`${site.place.page}${path}`)).json() as Promise<T>;
type Posts = { items: { postId: string; text: string }[]; next: string | null };
type Entries = { items: { action: string; object: string; person: string }[] };
type Alerts = { items: { id: string; rule: string }[] };

beforeAll(async () => {
  // Nobody listens there: what is sent fails, and can be sent again.
  const url = `http://127.0.0.1:${await freePort()}/`;
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const hook = { name: 'hook', driver: 'webhook', url, secret, allowPrivate: true };
  site = await openSite({
    demo: { historyDays: 20, postsPerDay: 300, liveRate: 4 },
    alert: { everySeconds: 1, rules: [], channels: [hook] },
  });
  await until(
    'some posts were analysed',
    async () => (await json<Posts>('/api/v1/posts?role=effect&limit=60')).items.length === 60,
    400_000,
  );
  post = (await json<Posts>('/api/v1/posts?role=effect&limit=1')).items[0]?.postId ?? '';
});

afterAll(async () => {
  expect(await site.close()).toBe(0);
});

const postPath = (): string => `/posts/${encodeURIComponent(post)}`;
const paths = (): readonly (readonly [name: string, path: string])[] => [
  ['posts', '/posts?role=effect'],
  ['post', postPath()],
  ['sources', '/sources'],
  ['models', '/models'],
  ['alerts', '/alerts'],
  ['rules', '/alerts/rules'],
  ['rule', '/alerts/rules/new?kind=serious'],
  ['channels', '/alerts/channels'],
  ['silences', '/alerts/silences'],
  ['settings', '/settings'],
  ['audit', '/audit'],
];

test.each([
  ['light', {}],
  ['dark', { dark: true }],
  ['narrow', { width: 1024 }],
  ['telephone', { width: 390 }],
])('every page opens, fits, and axe-core finds nothing serious: %s', async (look, options) => {
  for (const [name, path] of paths()) {
    const { page, complaints } = await site.visit(path, options);
    await page.screenshot({ path: join(shots, `${name}-${look}.png`), fullPage: true });
    expect(complaints, path).toEqual([]);
    expect(await fits(page), `${path} is cut off`).toBe(true);
    expect(await seriousFaults(page), path).toEqual([]);
    await page.context().close();
  }
});

const texts = (page: Page): Promise<string[]> => page.locator('.post .post-text').allInnerTexts();

test('posts are searched by words and conditions, page by page', async () => {
  const { page, complaints } = await site.visit('/posts?role=effect');
  const word = (await page.locator('.post mark.drug').first().innerText()).toLowerCase();
  await page.fill('#filter input[name="q"]', word);
  await page.click('#filter button[type="submit"]');
  await page.waitForURL((url) => url.searchParams.get('q') === word);
  const found = await texts(page);
  expect(found.length).toBeGreaterThan(0);
  for (const text of found) expect(text.toLowerCase()).toContain(word);
  expect(complaints).toEqual([]);

  await page.goto(`${site.place.page}/posts`);
  const hrefs = (): Promise<(string | null)[]> =>
    page.locator('.post-open').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const first = await hrefs();
  await page.click('a[rel="next"]');
  const second = await hrefs();
  expect(second.length).toBeGreaterThan(0);
  expect(first.filter((href) => second.includes(href))).toEqual([]);
});

test('a product or a reaction is found by its name, and what nobody knows is said', async () => {
  const { page } = await site.visit(postPath());
  const name = await page.locator('a[href*="/products/"]').last().innerText();
  await page.goto(`${site.place.page}/posts?product=${encodeURIComponent(name.toUpperCase())}`);
  const chips = await page.locator('.post').evaluateAll((posts) => posts.map((one) => one.textContent ?? ''));
  expect(chips.length).toBeGreaterThan(0);
  for (const chip of chips) expect(chip).toContain(name);
  expect(await page.inputValue('#filter input[name="product"]')).toBe(name);

  await page.goto(`${site.place.page}/posts?concept=${encodeURIComponent("'; DROP TABLE posts --")}`);
  expect(await page.locator('.note.bad').innerText()).toContain('is known here');
  expect(await page.locator('.empty-state').count()).toBe(1);
  const answer = await page.goto(`${site.place.page}/posts?role=wrong`);
  expect(answer?.status()).toBe(400);
});

test('a view is saved, opens with its filter, and is deleted', async () => {
  const { page, complaints } = await site.visit('/posts?role=effect&lang=en&range=90d');
  await page.click('.views summary');
  await page.fill('.views input[name="name"]', 'English effects');
  await page.click('.views .drop button.primary');
  await page.waitForSelector('.view');
  await page.goto(`${site.place.page}/posts`);
  await page.click('.view a');
  await page.waitForSelector('.view[data-current]');
  const { searchParams } = new URL(page.url());
  expect(Object.fromEntries(searchParams)).toEqual({ role: 'effect', lang: 'en', range: '90d' });
  await page.click('.view button');
  await page.waitForSelector('.views >> text=none yet');
  expect(await page.locator('.view').count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('exports hold what the page shows, with where it comes from', async () => {
  const { page } = await site.visit('/posts?role=effect&q=nightmares');
  const ids = await page
    .locator('.post-open')
    .evaluateAll((links) =>
      links.map((link) => decodeURIComponent(link.getAttribute('href')?.split(/[/?]/)[2] ?? '')),
    );
  expect(ids.length).toBeGreaterThan(0);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-export-'));
  const save = async (name: string): Promise<Buffer> => {
    const file = join(folder, name);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(`text="${name}"`)]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`^posts-\\d+T\\d+\\.${name.toLowerCase()}$`));
    await download.saveAs(file);
    return readFileSync(file);
  };
  const rows = (await save('NDJSON'))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  const idsOf = new Set(rows.map((row) => row['post_id']));
  for (const id of ids) expect(idsOf.has(id)).toBe(true);
  for (const row of rows) {
    expect(row['text']?.toLowerCase()).toContain('nightmares');
    expect(row['exported_by']).toBe('local');
    expect(JSON.parse(row['export_filter'] ?? '')).toMatchObject({ text: 'nightmares', role: 'effect' });
  }
  const csv = (await save('CSV')).toString('utf8');
  expect(csv).toMatch(/^"exported_by","exported_at","export_filter","software","post_id"/);
  for (const id of ids) expect(csv).toContain(`"${id}"`);
  const parquet = await save('Parquet');
  expect([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  const exported = (await json<Entries>('/api/v1/audit?action=posts.export')).items;
  expect(exported).toHaveLength(3);
});

test('from the list a post opens by keys; who opened it is on the page and in the audit trail', async () => {
  const { page, complaints } = await site.visit('/posts?role=effect');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const href = (await page.locator('.post:focus .post-open').getAttribute('href')) ?? '';
  const id = decodeURIComponent(href.split(/[/?]/)[2] ?? '');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.readers li');
  expect(await page.locator('.readers').innerText()).toContain('local');
  expect(await page.locator('.answers tbody tr').count()).toBeGreaterThanOrEqual(9);
  expect(await page.locator('.answers .probability .threshold').count()).toBeGreaterThan(3);
  expect(await page.locator('.candidates li').count()).toBeGreaterThan(0);
  const entries = (await json<Entries>(`/api/v1/audit?action=post.read&object=${encodeURIComponent(id)}`))
    .items;
  expect(entries).toContainEqual(expect.objectContaining({ object: id, person: 'local' }));
  await page.keyboard.press('u');
  await page.waitForURL('**/posts?role=effect');
  await page.goto(`${site.place.page}/audit?action=post.read`);
  expect(await page.locator('tbody').innerText()).toContain(id);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.waitForSelector('.post-list');
  await page.keyboard.press('?');
  expect(await page.locator('dialog[open]').innerText()).toContain('older posts');
  expect(complaints).toEqual([]);
});

test('marks of a post lie where the API says', async () => {
  type Details = {
    post: { text: string };
    analyses: { spans: { label: string; startUtf16: number; endUtf16: number }[] }[];
  };
  const { page } = await site.visit(postPath());
  const { post: row, analyses } = await json<Details>(`/api/v1/posts/${encodeURIComponent(post)}`);
  const marked = await page.locator('.post-text').first().locator('mark.effect').allInnerTexts();
  const effects = (analyses[0]?.spans ?? [])
    .filter(({ label }) => label === 'effect')
    .map(({ startUtf16, endUtf16 }) => row.text.slice(startUtf16, endUtf16));
  expect(marked.length).toBeGreaterThan(0);
  for (const one of marked) expect(effects).toContain(one);
});

test('a rule is tried, saved, fires, is sent again, silenced and deleted', async () => {
  const { page, complaints } = await site.visit('/alerts/rules');
  await page.click('.kinds a >> text=serious');
  await page.fill('input[name="id"]', 'any-serious');
  await page.fill('input[name="title"]', 'Something serious');
  await page.fill('input[name="minPeople"]', '1');
  await page.fill('input[name="products"]', 'no such product');
  await page.click('text=Try it over the last 90 days');
  expect(await page.locator('[role="alert"]').innerText()).toContain('This is not a rule yet');
  expect(await page.inputValue('input[name="title"]')).toBe('Something serious');
  expect(complaints.splice(0)).toEqual([expect.stringContaining('422')]);

  await page.fill('input[name="products"]', '');
  await page.fill('input[name="lookBack"]', '2w');
  await page.selectOption('select[name="groupBy"]', 'rule');
  await page.click('text=Try it over the last 90 days');
  await page.waitForSelector('#dry-run');
  expect(await page.locator('#dry-run [role="status"]').innerText()).toMatch(
    /would have fired \d+ times|once/,
  );
  expect((await json<Alerts>('/api/v1/alerts')).items).toEqual([]);
  await page.screenshot({ path: join(shots, 'rule-tried.png'), fullPage: true });
  await page.click('#rule >> text="Save"');
  await page.waitForURL('**/alerts/rules/any-serious');
  expect(await page.locator('aside').innerText()).toContain('1: saved by local');

  await until('the rule fires', async () => (await json<Alerts>('/api/v1/alerts')).items.length > 0);
  await page.goto(`${site.place.page}/alerts`);
  expect(await page.locator('tbody').innerText()).toContain('Something serious');
  await page.screenshot({ path: join(shots, 'alerts-one.png'), fullPage: true });
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.deliveries');
  await until('an attempt has failed', async () => {
    await page.reload();
    return (await page.locator('.deliveries').innerText()).includes('failed');
  });
  await page.click('text=Send again');
  await page.waitForSelector('text=resend');
  expect(await seriousFaults(page)).toEqual([]);
  await page.screenshot({ path: join(shots, 'alert-one.png'), fullPage: true });

  await page.click('text=Silence such alerts');
  await page.fill('input[name="reason"]', 'known since the morning');
  await page.click('button >> text="Silence"');
  await page.waitForSelector('tbody >> text=known since the morning');
  await page.click('tbody >> text="End"');
  await page.waitForSelector('text=Nothing is silenced');

  await page.goto(`${site.place.page}/alerts/rules/any-serious`);
  await page.click('text="Delete"');
  await page.waitForURL('**/alerts/rules');
  expect(await page.locator('main').innerText()).not.toContain('any-serious');
  const done = (await json<Entries>('/api/v1/audit')).items.map(({ action }) => action);
  for (const action of ['rule.save', 'rule.delete', 'silence.add', 'silence.end', 'delivery.resend'])
    expect(done).toContain(action);
  expect(complaints).toEqual([]);
});

test('a channel is turned off and on', async () => {
  const { page, complaints } = await site.visit('/alerts/channels');
  await page.click('text="Turn off"');
  await page.waitForSelector('.badge.bad');
  await page.click('text="Turn on"');
  await page.waitForSelector('.badge.good');
  expect(complaints).toEqual([]);
});
