import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createPlace, startCommand, type Place, type Running } from '../support/monitor.ts';

export const shots = join(import.meta.dirname, 'shots');

export type Look = { readonly width?: number; readonly dark?: boolean; readonly zone?: string };
export type Visit = {
  readonly page: Page;
  /** What the browser complained of: errors, warnings, requests to other hosts. */
  readonly complaints: string[];
};

export type Site = {
  readonly place: Place;
  /** Opens a path in a window of its own. */
  visit(path: string, look?: Look): Promise<Visit>;
  close(): Promise<number>;
};

/** A monitor on invented posts and a browser. */
export async function openSite(settings: Record<string, unknown>): Promise<Site> {
  mkdirSync(shots, { recursive: true });
  const place = await createPlace(settings);
  const monitor: Running = startCommand(place, ['start']);
  const browser: Browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    place,
    async visit(path, { width = 1400, dark = false, zone } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 1000 },
        colorScheme: dark ? 'dark' : 'light',
        ...(zone === undefined ? {} : { timezoneId: zone }),
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(place.page)) complaints.push(`request to ${request.url()}`);
      });
      await page.goto(`${place.page}${path}`);
      return { page, complaints };
    },
    async close() {
      await browser.close();
      monitor.process.kill('SIGTERM');
      return monitor.exit;
    },
  };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = { id: string; impact: string; nodes: { target: string[] }[] };

/** What axe-core finds serious or critical, as `rule: where`. The page's own policy lets no foreign script in. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run().then(({ violations }) => JSON.stringify(violations))',
    awaitPromise: true,
  });
  const violations = JSON.parse(String(result.value)) as Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** Whether the page is as wide as its window: nothing is cut off or has to be pushed about. */
export async function fits(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
}
