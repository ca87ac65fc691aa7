import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errorCode, VigilError } from '../shared/errors.ts';

const keyBytes = 32;

function refuseInside(path: string, dataFolder: string): void {
  const inside = relative(resolve(dataFolder), resolve(path));
  if (inside !== '' && inside.split(/[/\\]/)[0] !== '..') {
    throw new VigilError(
      'KEY_IN_DATA',
      `privacy.keyFile (${path}) lies inside the data folder: choose a place outside, so that whoever copies the data does not get the key`,
    );
  }
}

/** Makes the key unless another process has just made it; the file is complete before it has its name. */
async function createKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(keyBytes).toString('hex')}\n`);
    await file.sync();
    await link(draft, path);
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

async function readKey(path: string): Promise<Uint8Array> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new VigilError('KEY_READABLE', `others can read the author key ${path}: run chmod 600 on it`);
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new VigilError(
      'KEY_BROKEN',
      `the author key ${path} is not 64 hexadecimal digits: restore it from a backup; with another key every author becomes somebody else`,
    );
  }
  return Buffer.from(text, 'hex');
}

const isEmpty = async (path: string): Promise<boolean> => (await stat(path)).size < 2 * keyBytes;

function keyProblem(path: string, error: unknown): VigilError {
  const code = errorCode(error);
  const advice =
    code === 'ENOENT'
      ? 'it is a link that leads nowhere; bring back what it leads to, or remove the link'
      : 'set privacy.keyFile to a writable place';
  return new VigilError('KEY_FILE', `cannot read or make the author key ${path} (${code}): ${advice}`, {
    cause: error,
  });
}

/** After a failed reading: whether there may be a key in a moment, made here or by another process. */
async function mayCome(path: string, error: unknown): Promise<boolean> {
  if (error instanceof VigilError) return error.code === 'KEY_BROKEN' && (await isEmpty(path));
  if (errorCode(error) !== 'ENOENT') return false;
  try {
    await createKey(path);
    return true;
  } catch (failure) {
    if (errorCode(failure) === 'EEXIST') return true;
    throw keyProblem(path, failure);
  }
}

const maxTries = 20;
const pauseMs = 25;

/**
 * The key of the authors' pseudonyms: 32 random bytes, made at the first start, readable by their owner
 * only, kept outside the data folder.
 * @throws VigilError `KEY_IN_DATA`, `KEY_READABLE`, `KEY_BROKEN`, `KEY_FILE`.
 */
export async function openKeyFile(path: string, dataFolder: string): Promise<Uint8Array> {
  refuseInside(path, dataFolder);
  for (let tries = 0; ; tries++) {
    try {
      return await readKey(path);
    } catch (error) {
      if (tries < maxTries && (await mayCome(path, error))) {
        if (tries > 0) await setTimeout(pauseMs);
      } else throw error instanceof VigilError ? error : keyProblem(path, error);
    }
  }
}
