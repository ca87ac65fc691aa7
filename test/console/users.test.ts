import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAccess } from '../../services/console/auth/access-file.ts';
import { verifyPassword } from '../../services/console/auth/password.ts';

const main = join(import.meta.dirname, '..', '..', 'services', 'main.ts');
const folder = mkdtempSync(join(tmpdir(), 'vigil-users-'));
const file = join(folder, 'secret', 'access.json');

async function users(args: readonly string[], input = '') {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'users', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, VIGILSTREAM_CONSOLE_AUTH_FILE: file },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written += text));
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number];
  return { status, written };
}

test('people and machines are added, changed and removed; nothing secret is kept or printed twice', async () => {
  const added = await users(['add', 'ann', '--role', 'analyst'], 'a long pass phrase\n');
  expect(added).toEqual({ status: 0, written: 'ann may come in as analyst\n' });
  const made = await users(['token', 'nightly']);
  expect(made.written).toMatch(/^vst_[\w-]{43}\n$/);

  const access = readAccess(file);
  expect(access?.users).toMatchObject([{ name: 'ann', role: 'analyst' }]);
  expect(await verifyPassword('a long pass phrase', access?.users[0]?.password ?? undefined)).toBe(true);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('pass phrase');
  expect(text).not.toContain(made.written.trim());
  expect(statSync(file).mode & 0o077).toBe(0);

  expect(await users(['add', 'ann'], 'a long pass phrase\n')).toMatchObject({ status: 2 });
  expect(await users(['add', 'bob'], 'short\n')).toMatchObject({ status: 2 });
  expect((await users(['remove', 'nightly'])).status).toBe(0);
  expect(JSON.parse((await users(['list', '--json'])).written)).toEqual([
    { name: 'ann', role: 'analyst', by: 'password' },
  ]);
}, 90_000);
