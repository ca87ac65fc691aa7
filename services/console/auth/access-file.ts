import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode, VigilError } from '../../shared/errors.ts';
import { roles } from '../env.ts';
import { isPasswordHash } from './password.ts';

/** A name of a person or a machine: short, one word, safe in a log, a table and a header. */
export const personName = z.string().regex(/^[\w.@-]{1,64}$/);

const accessSchema = z.strictObject({
  v: z.literal(1),
  sessionKey: z.string().regex(/^[0-9a-f]{64}$/),
  users: z.array(
    z.strictObject({
      name: personName,
      role: z.enum(roles),
      /** Null: known by name only, signed in by the proxy. */
      password: z.string().refine(isPasswordHash).nullable(),
    }),
  ),
  tokens: z.array(
    z.strictObject({ name: personName, role: z.enum(roles), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** Who may come in: people with the hash of a password, machines with the hash of a token. */
export type Access = z.infer<typeof accessSchema>;

export function emptyAccess(): Access {
  return { v: 1, sessionKey: randomBytes(32).toString('hex'), users: [], tokens: [] };
}

/**
 * The file of users and tokens, or undefined where there is none.
 * @throws VigilError `ACCESS_READABLE` when others can read it, `ACCESS_BROKEN` when it is not what it should be.
 */
export function readAccess(file: string): Access | undefined {
  let text: string;
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new VigilError(
        'ACCESS_READABLE',
        `others can read the file of users ${file}: run chmod 600 on it`,
      );
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof VigilError) throw error;
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new VigilError(
      'ACCESS_BROKEN',
      `the file of users ${file} cannot be read (${errorCode(error)}): check its permissions`,
      { cause: error },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = accessSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') || 'the whole';
  throw new VigilError(
    'ACCESS_BROKEN',
    `the file of users ${file} is damaged (${where}): restore it, or delete it and run "vigilstream users add"`,
  );
}

/** Writes the file whole or not at all, readable by its owner only. @throws VigilError `ACCESS_BROKEN`. */
export function writeAccess(file: string, access: Access): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (error) {
    throw new VigilError(
      'ACCESS_BROKEN',
      `the file of users ${file} cannot be written (${errorCode(error)}): check the folder, or set console.auth.file`,
      { cause: error },
    );
  }
}
