import { renameSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { emptyAccess, readAccess, writeAccess } from '../../services/console/auth/access-file.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { accessOf, cookieOf, signIn, signOut, token, type Opened } from './people.ts';
import { insertSamples, openConsoleWorld, type World } from './world.ts';

let world: World;
let samples = 0;

beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world.database[Symbol.asyncDispose]());

test('a stream that a failing database cuts off gives its place back, and its code is logged', async () => {
  const away = new VigilError('DATABASE_AWAY', 'told by the database', { canRetry: true });
  const database = { ...world.database, query: () => Promise.reject(away) };
  const logger = createLogger({ level: 'silent', format: 'json' });
  const [warn, printed] = [vi.spyOn(logger, 'warn'), vi.spyOn(console, 'error')];
  const app = world.open({}, { database, logger });
  const statuses: number[] = [];
  for (let stream = 0; stream < 22; stream++) {
    const answer = await app.request('/api/v1/stream');
    await answer.text();
    statuses.push(answer.status);
  }
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(warn).toHaveBeenCalledWith({ code: 'DATABASE_AWAY' }, 'a live stream was cut off');
  expect(printed).not.toHaveBeenCalled();
});

describe('an open stream ends, and brings no further post, when', () => {
  const bySession = async (app: Opened) => ({ cookie: cookieOf(await signIn(app, 'reader')) });
  const byToken = async () => ({ authorization: `Bearer ${token('reader')}` });
  const nobody = async () => ({});
  const without = (kind: 'users' | 'tokens') => (file: string) =>
    writeAccess(file, { ...(readAccess(file) ?? emptyAccess()), [kind]: [] });
  type Headers = Record<string, string>;
  type Case = [
    string,
    (app: Opened) => Promise<Headers>,
    (file: string, app: Opened, who: Headers) => unknown,
  ];

  test.each<Case>([
    ['the user is removed', bySession, without('users')],
    ['the token is removed', byToken, without('tokens')],
    ['the person signs out', bySession, (_file, app, { cookie = '' }) => signOut(app, cookie)],
    ['the session is over', bySession, () => (world.clock.time += 13 * 3_600_000)],
    ['users are added to an open console', nobody, (file) => renameSync(accessOf(), file)],
  ])('%s', async (what, headersOf, end) => {
    const accessFile = accessOf();
    if (headersOf === nobody) rmSync(accessFile);
    const app = world.open({}, { accessFile });
    const headers = await headersOf(app);
    const { body } = await app.request('/api/v1/stream', { headers });
    if (!body) throw new Error('no stream');
    const chunks = body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toContain('event: ');
    await end(accessFile, app, headers);
    world.clock.time += 2000;
    const text = `a headache from the tablets after ${what}`;
    await insertSamples(world.database, [samples++], { text });
    let rest = '';
    for (let next = await chunks.next(); !next.done && !rest.includes(text); next = await chunks.next())
      rest += next.value;
    expect(rest).not.toContain(text);
    expect((await chunks.next()).done).toBe(true);
  });
});
