import { createHash, scryptSync } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyAccess, writeAccess } from '../../services/console/auth/access-file.ts';
import { ownForm, type World } from './world.ts';

export const password = 'a long pass phrase';
/** As the file has it, at a cost that does not slow the tests down. */
export const cheap = (word: string) => {
  const salt = Buffer.from('salt of the tests');
  const key = scryptSync(word, salt, 32, { N: 1024, r: 8, p: 1 });
  return `scrypt$1024$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
};
const hash = cheap(password);

export const token = (name: string) => `vst_${name}`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A file with a reader, an analyst and an admin, and a token of the same roles. */
export function accessOf(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'vigil-access-')), 'access.json');
  const access = emptyAccess();
  for (const role of ['reader', 'analyst', 'admin'] as const) {
    access.users.push({ name: role, role, password: hash });
    access.tokens.push({ name: `${role}-bot`, role, sha256: sha256(token(role)) });
  }
  writeAccess(file, access);
  return file;
}

export type Opened = ReturnType<World['open']>;

export async function signIn(app: Opened, name: string, word = password): Promise<Response> {
  const body = new URLSearchParams({ name, password: word, next: '/settings' }).toString();
  return app.request('/login', { method: 'POST', body, headers: ownForm });
}

export const signOut = (app: Opened, cookie: string) =>
  app.request('/logout', { method: 'POST', headers: { ...ownForm, cookie } });

export const cookieOf = (response: Response): string =>
  (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
