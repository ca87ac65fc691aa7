import { chmodSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyAccess, writeAccess, type Access } from '../../services/console/auth/access-file.ts';
import { hashPassword, verifyPassword } from '../../services/console/auth/password.ts';
import { accessOf, cheap, cookieOf, password, signIn, signOut, token, type Opened } from './people.ts';
import { openConsoleWorld, ownForm, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world.database[Symbol.asyncDispose]());

const me = async (app: Opened, headers: Record<string, string> = {}, from?: string) => {
  const response = await app.request('/api/v1/me', { headers, ...(from ? { from } : {}) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('on this machine without users', () => {
  test('everybody is one local admin, named by the settings', async () => {
    const app = world.open({ auth: { localName: 'desk' } });
    expect((await me(app)).body).toEqual({ name: 'desk', role: 'admin', via: 'local' });
    expect((await app.request('/login?next=/settings')).headers.get('location')).toBe('/settings');
  });

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-host'])(
    'what came through a proxy that nobody trusts (%s) is not local',
    async (header) => {
      expect((await me(world.open(), { [header]: '203.0.113.9' })).status).toBe(401);
    },
  );
});

describe('beyond this machine', () => {
  test('it does not start while nobody is known, and says in one line what to do', () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.7', 'example.org']) {
      const opened = () => world.open({ host });
      expect(opened).toThrow(/^console\.host is .*vigilstream users add .*127\.0\.0\.1$/);
      expect(opened).toThrow(expect.objectContaining({ code: 'CONFIG_CONSOLE_OPEN' }));
    }
  });

  test.each([
    ['users', { host: '0.0.0.0' }, true],
    ['a trusted proxy', { host: '0.0.0.0', auth: { proxy: { addresses: ['10.0.0.0/8'] } } }, false],
    ['a role for everybody, by name', { host: '0.0.0.0', auth: { anonymous: 'reader' as const } }, false],
  ])('it starts with %s', (_what, settings, withUsers) => {
    expect(() => world.open(settings, withUsers ? { accessFile: accessOf() } : {})).not.toThrow();
  });

  test('whoever is not known gets no page and no data', async () => {
    const app = world.open({ host: '0.0.0.0' }, { accessFile: accessOf() });
    const page = await app.request('/posts?q=x', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/login?next=%2Fposts%3Fq%3Dx']);
    for (const path of ['/api/v1/posts', '/api/v1/stream', '/api/v1/openapi.json', '/metrics']) {
      const answer = await app.request(path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    for (const path of ['/login', '/healthz', '/readyz', '/assets/base.css']) {
      expect((await app.request(path)).status, path).toBe(200);
    }
  });

  test('users who are added while it runs close it, and nothing opens it again', async () => {
    const file = accessOf();
    rmSync(file);
    const app = world.open({}, { accessFile: file });
    expect((await me(app)).status).toBe(200);
    const access = emptyAccess();
    access.users.push({ name: 'ann', role: 'reader', password: cheap(password) });
    writeAccess(file, access);
    world.clock.time += 2000;
    expect((await me(app)).status).toBe(401);
    rmSync(file);
    world.clock.time += 2000;
    expect((await me(app)).status).toBe(401);
  });

  test.each([
    ['others can read it', (file: string) => chmodSync(file, 0o644), 'ACCESS_READABLE'],
    ['it is damaged', (file: string) => writeAccess(file, { v: 2 } as unknown as Access), 'ACCESS_BROKEN'],
  ])('a file of users is refused when %s', (_what, spoil, code) => {
    const accessFile = accessOf();
    spoil(accessFile);
    expect(() => world.open({}, { accessFile })).toThrow(expect.objectContaining({ code }));
  });
});

describe('signing in', () => {
  test('a session is a cookie that scripts cannot read and other sites do not send; signing out ends it', async () => {
    const app = world.open({}, { accessFile: accessOf() });
    const answer = await signIn(app, 'analyst');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/settings']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^vigilstream_session=.*; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const cookie = cookieOf(answer);
    expect((await me(app, { cookie })).body).toEqual({ name: 'analyst', role: 'analyst', via: 'session' });
    await signOut(app, cookie);
    expect((await me(app, { cookie })).body).toMatchObject({ status: 401, code: 'SESSION_INVALID' });
  });

  test('behind TLS the cookie is for TLS only', async () => {
    const app = world.open({ auth: { proxy: { addresses: ['10.0.0.1'] } } }, { accessFile: accessOf() });
    const body = new URLSearchParams({ name: 'reader', password }).toString();
    const headers = { ...ownForm, 'x-forwarded-proto': 'https' };
    const answer = await app.request('/login', { method: 'POST', body, headers, from: '10.0.0.1' });
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
    expect(answer.headers.get('strict-transport-security')).toContain('max-age');
  });

  test('the roles hold', async () => {
    const app = world.open({}, { accessFile: accessOf() });
    const call = async (role: string, path: string) => {
      const answer = await app.request(path, { headers: { authorization: `Bearer ${token(role)}` } });
      await answer.text();
      return answer.status;
    };
    expect(await call('reader', '/api/v1/posts')).toBe(200);
    expect(await call('reader', '/api/v1/posts/export')).toBe(403);
    expect(await call('analyst', '/api/v1/posts/export')).toBe(200);
    expect(await call('analyst', '/api/v1/audit')).toBe(403);
    expect(await call('admin', '/api/v1/audit')).toBe(200);
    expect(await call('unknown', '/api/v1/posts')).toBe(401);
  });

  test.each([
    ['a body that was changed', (cookie: string) => cookie.replace(/=./, '=A')],
    ['a signature that was changed', (cookie: string) => `${cookie.slice(0, -2)}AA`],
    ['no signature', (cookie: string) => cookie.split('.')[0] ?? ''],
    ['nonsense', () => 'vigilstream_session=%00%ff'],
    ['nothing', () => 'vigilstream_session='],
  ])('a forged cookie gets a clear answer and is taken away: %s', async (_what, forge) => {
    const app = world.open({}, { accessFile: accessOf() });
    const cookie = forge(cookieOf(await signIn(app, 'admin')));
    const answer = await app.request('/api/v1/posts', { headers: { cookie } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ title: 'Sign in first', code: 'SESSION_INVALID' });
    expect(answer.headers.get('set-cookie')).toContain('vigilstream_session=; Max-Age=0');
    const page = await app.request('/settings', { headers: { cookie, accept: 'text/html' } });
    expect(page.headers.get('location')).toBe('/login?next=%2Fsettings&why=forged');
    expect(await (await app.request('/login?why=forged')).text()).toContain('was not made here');
  });

  test('a session ends with its time, its password and its user; another key makes no session', async () => {
    const accessFile = accessOf();
    const app = world.open({ auth: { sessionHours: 1 } }, { accessFile });
    const cookie = cookieOf(await signIn(app, 'admin'));
    const other = world.open({}, { accessFile: accessOf() });
    expect((await me(other, { cookie })).body).toMatchObject({ code: 'SESSION_INVALID' });
    world.clock.time += 1_700_000;
    expect((await me(app, { cookie })).status).toBe(200);
    world.clock.time += 1_900_001;
    expect((await me(app, { cookie })).body).toMatchObject({ detail: 'The session is over: sign in again.' });

    const again = cookieOf(await signIn(app, 'admin'));
    const changed = cheap('another pass phrase');
    writeAccess(accessFile, {
      ...emptyAccess(),
      users: [{ name: 'admin', role: 'admin', password: changed }],
    });
    world.clock.time += 2000;
    expect((await me(app, { cookie: again })).status).toBe(401);
  });

  test('a session that is used is renewed, and signing out ends the cookies from before as well', async () => {
    const app = world.open({ auth: { sessionHours: 1 } }, { accessFile: accessOf() });
    const first = cookieOf(await signIn(app, 'reader'));
    world.clock.time += 2_000_000;
    const second = cookieOf(await app.request('/api/v1/me', { headers: { cookie: first } }));
    world.clock.time += 1_500_000;
    expect((await me(app, { cookie: first })).status).toBe(200);
    await signOut(app, second);
    for (const cookie of [first, second]) expect((await me(app, { cookie })).status).toBe(401);
    expect((await me(app, { cookie: cookieOf(await signIn(app, 'reader')) })).status).toBe(200);
  });

  test('a wrong password and an unknown name look the same, are limited and written down without the name', async () => {
    const app = world.open({ limits: { signInsPerMinute: 3 } }, { accessFile: accessOf() });
    const texts: string[] = [];
    for (const name of ['reader', 'hunter2-my-password']) {
      const answer = await signIn(app, name, 'wrong');
      expect(answer.status).toBe(401);
      texts.push((await answer.text()).replaceAll(name, ''));
    }
    expect(texts[0]).toBe(texts[1]);
    await signIn(app, 'reader', 'wrong');
    const limited = await signIn(app, 'reader');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '20']);
    world.clock.time += 21_000;
    expect((await signIn(app, 'reader')).status).toBe(303);
    const rows = await world.database.query("SELECT * FROM vigilstream.audit WHERE action LIKE 'sign-in%'");
    expect(rows.filter(({ action }) => action === 'sign-in-failed').length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/a b',
    '',
  ])('after signing in nobody is sent to another place: %s', async (next) => {
    const app = world.open({}, { accessFile: accessOf() });
    const body = new URLSearchParams({ name: 'reader', password, next }).toString();
    const answer = await app.request('/login', { method: 'POST', body, headers: ownForm });
    expect(answer.headers.get('location')).toBe('/');
  });

  test('a password is kept as scrypt with a salt of its own, and told apart exactly', async () => {
    const made = await hashPassword(password);
    expect(made).toMatch(/^scrypt\$32768\$8\$3\$/);
    expect(await hashPassword(password)).not.toBe(made);
    expect(await verifyPassword(password, made)).toBe(true);
    expect(await verifyPassword(`${password} `, made)).toBe(false);
    expect(await verifyPassword(password, undefined)).toBe(false);
  });
});

describe('a proxy that signs people in', () => {
  const auth = {
    proxy: { addresses: ['10.1.0.0/16', 'fd00::/8'], nameHeader: 'X-User', roleHeader: 'X-Role' },
  };
  test.each([
    [
      'named by the proxy',
      '10.1.2.3',
      { 'x-user': 'ann@example.org' },
      { name: 'ann@example.org', role: 'reader' },
    ],
    ['with a role', 'fd00::1', { 'x-user': 'ann', 'x-role': 'analyst' }, { name: 'ann', role: 'analyst' }],
    [
      'with a role that there is not',
      '10.1.2.3',
      { 'x-user': 'ann', 'x-role': 'root' },
      { name: 'ann', role: 'reader' },
    ],
    ['known in the file', '::ffff:10.1.2.3', { 'x-user': 'admin' }, { name: 'admin', role: 'admin' }],
  ])('%s', async (_what, from, headers, expected) => {
    const app = world.open({ host: '0.0.0.0', auth }, { accessFile: accessOf() });
    expect((await me(app, headers, from)).body).toEqual({ ...expected, via: 'proxy' });
  });

  test.each([
    ['from elsewhere', '192.0.2.1', { 'x-user': 'admin' }],
    ['from this machine', '127.0.0.1', { 'x-user': 'admin' }],
    ['a name that is none', '10.1.2.3', { 'x-user': 'a b; DROP TABLE audit' }],
    ['no name', '10.1.2.3', {}],
  ])('its headers count for nothing: %s', async (_what, from, headers) => {
    const app = world.open({ host: '0.0.0.0', auth }, { accessFile: accessOf() });
    expect((await me(app, headers, from)).status).toBe(401);
  });
});
