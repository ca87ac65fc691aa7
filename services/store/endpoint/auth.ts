import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { VigilError } from '../../shared/errors.ts';
import { Refusal } from './errors.ts';

/** The one user of the endpoint. */
export const readerUser = 'reader';

/** Where the reader's password lies in a folder of secrets. */
export function passwordFile(folder: string): string {
  return join(folder, 'reader-password');
}

/**
 * The reader's password; made at the first call, in a file that only the owner can read. A file with wider
 * rights (copied from elsewhere, say) is narrowed.
 * @throws VigilError `PASSWORD_UNUSABLE` when the file can be neither read nor made, or is empty.
 */
export async function readerPassword(folder: string): Promise<string> {
  const file = passwordFile(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const made = randomBytes(18).toString('base64url');
    await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await chmod(file, 0o600);
    const password = (await readFile(file, 'utf8')).trim();
    if (password !== '') return password;
  } catch (error) {
    throw new VigilError(
      'PASSWORD_UNUSABLE',
      `the reader's password in ${file} cannot be read or made: check the permissions there`,
      { cause: error },
    );
  }
  throw new VigilError('PASSWORD_UNUSABLE', `${file} is empty: delete it, and a new password is made`);
}

export type Credentials = { readonly user: string; readonly password: string };

/**
 * Credentials of a request in the three ways of ClickHouse: Basic authentication, the headers
 * X-ClickHouse-User and -Key, or `?user=&password=`; the first that is there counts.
 */
export function credentialsOf(headers: IncomingHttpHeaders, query: URLSearchParams): Credentials | undefined {
  const basic = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [user = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    return { user, password: rest.join(':') };
  }
  const [user, key] = [headers['x-clickhouse-user'], headers['x-clickhouse-key']];
  if (typeof user === 'string' || typeof key === 'string') {
    return { user: String(user ?? ''), password: String(key ?? '') };
  }
  if (query.has('user') || query.has('password')) {
    return { user: query.get('user') ?? '', password: query.get('password') ?? '' };
  }
  return undefined;
}

/** Compares in a time that does not depend on where two texts begin to differ. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** @throws Refusal 194 without credentials, 516 with wrong ones. */
export function authenticate(credentials: Credentials | undefined, password: string): void {
  if (!credentials) {
    throw new Refusal(
      194,
      'REQUIRED_PASSWORD',
      `Authentication is required: user ${readerUser}, password as shown by vigilstream doctor`,
      'unauthorised',
    );
  }
  const user = same(credentials.user, readerUser);
  if (!same(credentials.password, password) || !user) {
    throw new Refusal(
      516,
      'AUTHENTICATION_FAILED',
      `Authentication failed: the user is ${readerUser}, and vigilstream doctor shows the password`,
      'unauthorised',
    );
  }
}
