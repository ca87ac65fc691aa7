import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
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
      // Another process may be writing the key at this moment.
      const empty =
        error instanceof VigilError && error.code === 'KEY_BROKEN' && tries < 20 && (await isEmpty(path));
      if (error instanceof VigilError && !empty) throw error;
      if (empty) await new Promise((resolved) => setTimeout(resolved, 25));
      else if (errorCode(error) !== 'ENOENT') throw keyProblem(path, error);
      else {
        try {
          await createKey(path);
        } catch (failure) {
          if (errorCode(failure) !== 'EEXIST') throw keyProblem(path, failure);
        }
      }
    }
  }
}

const isEmpty = async (path: string): Promise<boolean> => (await stat(path)).size < 2 * keyBytes;

const keyProblem = (path: string, error: unknown): VigilError =>
  new VigilError(
    'KEY_FILE',
    `cannot read or make the author key ${path} (${errorCode(error)}): set privacy.keyFile to a writable place`,
    {
      cause: error,
    },
  );
