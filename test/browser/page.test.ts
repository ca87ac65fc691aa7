import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { taskList } from '../../schemas/tasks.ts';
import { until } from '../support/monitor.ts';
import { fits, openSite, shots, type Look, type Site } from './support.ts';

let site: Site;

type Overview = { totals: { posts: number; findings: number; analysed: number; people: number } };
const overview = async (): Promise<Overview> =>
  (await fetch(`${site.place.page}/api/v1/overview`)).json() as Promise<Overview>;

async function openPage(look: Look = {}): Promise<{ page: Page; complaints: string[] }> {
  const visit = await site.visit('/', look);
  await visit.page.waitForSelector('.badge.live');
  await visit.page.waitForSelector('.finding');
  return visit;
}

beforeAll(async () => {
  site = await openSite({ demo: { historyDays: 20, postsPerDay: 300, liveRate: 8 } });
  await until('findings on the page', async () => (await overview()).totals.findings >= 20);
});

afterAll(async () => {
  expect(await site.close()).toBe(0);
});

test('the page shows findings with coloured spans and terms, and complains of nothing', async () => {
  const { page, complaints } = await openPage();
  await page.waitForSelector('mark.effect');
  await page.waitForSelector('.chip.effect');
  expect(await page.locator('.finding').count()).toBeGreaterThan(10);
  const colourOf = (selector: string): Promise<unknown> =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
  const colours = [await colourOf('mark.effect'), await colourOf('mark.drug'), 'rgb(255, 255, 0)'];
  expect(new Set(colours).size).toBe(3);
  expect(await page.locator('#sources tbody tr').count()).toBeGreaterThanOrEqual(4);
  expect(await page.locator('#drops tbody').innerText()).toContain('duplicate');
  await page.screenshot({ path: join(shots, 'page.png') });
  expect(complaints).toEqual([]);
});

test('what the page says is what the tables hold', async () => {
  const { page } = await openPage();
  await until(
    'the totals agree',
    async () => {
      const { totals } = await overview();
      const shown = (await page.locator('#total-findings').innerText()).replaceAll(/\D/g, '');
      return Number(shown) === totals.findings;
    },
    20_000,
  );
  const marked = await page.locator('.finding mark.effect').first().innerText();
  const findings = (await (await fetch(`${site.place.page}/api/v1/findings`)).json()) as {
    text: string;
    spans: { startUtf16: number; endUtf16: number }[];
  }[];
  const slices = findings.flatMap(({ text, spans }) =>
    spans.map(({ startUtf16, endUtf16 }) => text.slice(startUtf16, endUtf16)),
  );
  expect(slices).toContain(marked);
});

test('the keyboard does everything', async () => {
  const { page, complaints } = await openPage();
  await page.keyboard.press('p');
  expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
  const first = await page.locator('.finding').first().innerText();
  await page.locator('.finding').first().focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  expect(await page.evaluate('document.activeElement.className')).toBe('finding');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.finding details[open] progress');
  const answers = await page.locator('.finding details[open] .bars > :nth-child(3n)').allInnerTexts();
  const asked = taskList.tasks.filter((task) => task.kind === 'sentence');
  for (const [index, { positive }] of asked.entries()) {
    const [, label, of] = /^([\w-]+) \(([\w-]+) \d+ %\)$/.exec(answers[index] ?? '') ?? [];
    expect(of, answers[index]).toBe(positive ?? label);
  }
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  expect(await page.locator('dialog[open]').count()).toBe(0);
  expect(await page.locator('.finding').first().innerText()).toContain(first.slice(0, 20));
  await page.keyboard.press('p');
  expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('false');
  expect(complaints).toEqual([]);
});

test.each([
  ['dark', { dark: true }],
  ['narrow', { width: 1024 }],
  ['telephone', { width: 390 }],
])('nothing is cut off: %s', async (name, options) => {
  const { page, complaints } = await openPage(options);
  await page.screenshot({ path: join(shots, `page-${name}.png`) });
  expect(await fits(page)).toBe(true);
  expect(complaints).toEqual([]);
});

test('live findings arrive without a reload', async () => {
  const { page } = await openPage();
  await page.waitForSelector('#finding-list li.new', { timeout: 60_000 });
});

test('the card of the model can be read', async () => {
  const { page, complaints } = await openPage();
  await page.click('nav >> text=Models');
  expect(await page.locator('.card-text').innerText()).not.toBe('');
  expect(complaints).toEqual([]);
});
