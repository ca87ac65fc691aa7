import { connect } from 'node:net';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleConfig } from '../../services/console/config.ts';
import { createConsole } from '../../services/console/console.ts';
import { listen } from '../../services/console/listen.ts';
import { openConsoleWorld, ownForm, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world.database[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };
const view = JSON.stringify({ name: 'mine', page: 'posts', query: 'q=x' });
const save = (headers: Record<string, string>) => ({ method: 'POST', body: view, headers });

test.each<[string, Record<string, string>, number]>([
  ['a program with JSON', json, 201],
  ['the own page', { ...json, origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }, 201],
  ['the own page, from a browser that says no more', { ...json, origin: 'http://localhost' }, 201],
  ['another site', { ...json, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
  ['another site that hides where it is', { ...json, origin: 'null', 'sec-fetch-site': 'cross-site' }, 403],
  [
    'another port of this machine',
    { ...json, origin: 'http://localhost:9999', 'sec-fetch-site': 'same-site' },
    403,
  ],
  ['a form that hides where it is', { ...json, origin: 'null' }, 403],
  ['a form without an origin', { 'content-type': 'application/x-www-form-urlencoded' }, 403],
  ['a form as text', { 'content-type': 'text/plain' }, 403],
])('a change is taken from the own pages and from programs only: %s', async (_what, headers, status) => {
  const answer = await world.open().request('/api/v1/views', save(headers));
  expect(answer.status).toBe(status);
});

/** The Origin of a page's own form by the policy of the page (Fetch, "append a request `Origin` header"). */
const originUnder = (policy: string | null, own: string) => (policy === 'no-referrer' ? 'null' : own);

test('over plain http on a network the page of signing in can send its form', async () => {
  const host = '192.0.2.7:8080';
  const app = world.open({ host: '0.0.0.0', allowedHosts: ['192.0.2.7'], auth: { anonymous: 'reader' } });
  const page = await app.request('/login', { headers: { host } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('action="/login"')]);
  // A browser says Sec-Fetch-Site to https and to this machine only.
  const answer = await app.request('/login', {
    method: 'POST',
    body: new URLSearchParams({ name: 'ann', password: 'wrong' }).toString(),
    headers: {
      host,
      'content-type': ownForm['content-type'],
      origin: originUnder(page.headers.get('referrer-policy'), `http://${host}`),
    },
  });
  expect(answer.status).toBe(401);
});

test('a form of another site cannot sign anybody in or out', async () => {
  const headers = { ...ownForm, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  for (const path of ['/login', '/logout']) {
    expect((await world.open().request(path, { method: 'POST', headers })).status).toBe(403);
  }
});

test('every answer forbids what is inline, foreign or framed', async () => {
  const app = world.open();
  for (const path of ['/', '/settings', '/assets/base.css', '/api/v1/me', '/api', '/nowhere', '/healthz']) {
    const { headers } = await app.request(path, { headers: { accept: 'text/html' } });
    const policy = headers.get('content-security-policy') ?? '';
    expect([path, policy]).toEqual([
      path,
      expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
    ]);
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
  }
});

test('no page holds a script, a style or an address of another host', async () => {
  const app = world.open();
  for (const path of [
    '/',
    '/products',
    '/reactions',
    '/medicines',
    '/vaccines',
    '/models',
    '/settings',
    '/api',
    '/login',
  ]) {
    const text = await (await app.request(path, { headers: { accept: 'text/html' } })).text();
    expect(text, path).not.toMatch(
      /<script(?![^>]*\ssrc="\/assets\/)|<style|\sstyle="|\son\w+="|(?:src|href)="(?:https?:)?\/\//i,
    );
  }
});

test.each(['localhost:8080', '127.0.0.1', '[::1]:8080'])('it answers to its own name: %s', async (host) => {
  expect((await world.open().request('/api/v1/me', { headers: { host } })).status).toBe(200);
});
test.each(['evil.example', 'localhost.evil.example', '', 'xn--localhost'])(
  'it does not answer to a name that another site may have given it: "%s"',
  async (host) => {
    const answer = await world.open().request('/api/v1/me', { headers: { host } });
    expect([answer.status, await answer.json()]).toMatchObject([421, { status: 421 }]);
  },
);

test('requests are limited for each person and for each address, and the wait is told', async () => {
  const app = world.open({ limits: { personPerMinute: 20, addressPerMinute: 30 } });
  const statuses = async (times: number, from: string) => {
    const found: number[] = [];
    for (let i = 0; i < times; i++) found.push((await app.request('/api/v1/me', { from })).status);
    return found;
  };
  const first = await statuses(22, '127.0.0.1');
  expect(first.filter((status) => status === 200)).toHaveLength(20);
  const limited = await app.request('/api/v1/me');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3']);
  expect(await limited.json()).toMatchObject({ title: 'Too many requests', status: 429 });
  world.clock.time += 60_000;
  expect((await app.request('/api/v1/me')).status).toBe(200);
  const open = await Promise.all(
    Array.from({ length: 40 }, () => app.request('/healthz', { from: '192.0.2.1' })),
  );
  expect(open.filter(({ status }) => status === 200)).toHaveLength(30);
});

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test('over a real connection: a body of 10 MB gets 413, and no path leads out of the assets', async () => {
  await using server = await listen(
    createConsole(consoleConfig.parse({}), world.deps),
    '127.0.0.1',
    0,
    'console.port',
  );
  const port = Number(new URL(server.url).port);

  const large = await fetch(`${server.url}/api/v1/views`, {
    method: 'POST',
    headers: json,
    body: ' '.repeat(10_000_000),
  });
  expect([large.status, large.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
  expect(await large.json()).toMatchObject({ title: 'The body is too large', status: 413 });
  const chunked = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
  });
  const init = { method: 'POST', headers: json, body: chunked, duplex: 'half' } as RequestInit;
  const endless = await fetch(`${server.url}/api/v1/views`, init).then(
    (answer) => answer.status,
    () => 'cut off',
  );
  expect([413, 'cut off']).toContain(endless);

  for (const path of [
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..\\..\\package.json',
    '/assets//etc/passwd',
    '/assets/tsconfig.json',
    '/assets/%00',
    '//etc/passwd',
  ]) {
    const answer = await raw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[04]$/)]);
    expect(answer).not.toContain('vigilstream"');
  }
});

test('every file for the browser is served with its type', async () => {
  const app = world.open();
  const folder = join(import.meta.dirname, '..', '..', 'services', 'console');
  const names = [
    ...readdirSync(join(folder, 'static')),
    ...readdirSync(join(folder, 'browser')).flatMap((name) =>
      name.endsWith('.ts') ? [name.replace('.ts', '.js')] : [],
    ),
    'uplot.js',
    'uplot.css',
  ];
  for (const name of names) {
    const answer = await app.request(`/assets/${name}`);
    expect([name, answer.status]).toEqual([name, 200]);
    expect(answer.headers.get('content-type')).toMatch(/^(text\/(javascript|css)|image\/svg)/);
    const again = await app.request(`/assets/${name}`, {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  }
});
