import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Session } from 'chdb';
import { VigilError } from '../../../shared/errors.ts';
import { configXml, usersXml } from './files.ts';

export type { Session } from 'chdb';

export type EngineOptions = {
  /** Folder of the engine; made where it is missing. */
  readonly path: string;
  readonly database?: string;
  /** Upper bound of what the engine takes, in bytes. */
  readonly memoryBytes?: number;
  /** Threads of one query. */
  readonly threads?: number;
};

export type Engine = {
  readonly path: string;
  /** The long-lived connection: the engine lives as long as one is open. For administration. */
  readonly session: Session;
  /**
   * A connection of the caller's own, role `default`, open until it calls `close()`. Takes about a
   * millisecond. One query at a time runs on a connection, and after any error it must be thrown away:
   * a query that failed in mid-stream leaves output behind that the next one would return.
   */
  connect(): Session;
  close(): Promise<void>;
};

/**
 * A lock of our own: the engine has one too, but says on standard error only that it is taken. It ends with
 * the process, however that ends.
 */
function lockFolder(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'lock'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw new VigilError(
      'DATABASE_BUSY',
      `another process holds the data folder ${path}: stop it, or set store.chdb.path to another folder`,
      { cause: error },
    );
  }
}

/**
 * Opens ClickHouse inside this process on one folder. A process can hold one folder, a folder belongs to one
 * process. The folder holds `engine/` (the data), `files/`, and the engine's configuration, which is written
 * anew at every start.
 * @throws VigilError `DATABASE_BUSY` when another process holds the folder, `DATABASE_BROKEN` when the
 *   engine cannot be opened.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const path = resolve(options.path);
  try {
    for (const folder of ['engine', 'files', 'schemas']) mkdirSync(join(path, folder), { recursive: true });
  } catch (error) {
    throw new VigilError(
      'DATABASE_BROKEN',
      `the data folder ${path} cannot be made: check its permissions and the space on its disk`,
      { cause: error },
    );
  }
  const lock = lockFolder(path);
  const files = {
    path,
    database: options.database ?? 'vigilstream',
    memoryBytes: options.memoryBytes ?? 800_000_000,
    threads: options.threads ?? 2,
  };
  const chdb = await import('chdb');
  const connect = () =>
    new chdb.Session(join(path, 'engine'), { connectionArgs: [`--config-file=${join(path, 'config.xml')}`] });
  let session: Session;
  try {
    writeFileSync(join(path, 'config.xml'), configXml(files));
    writeFileSync(join(path, 'users.xml'), usersXml(files));
    session = connect();
  } catch (error) {
    lock.close();
    throw new VigilError(
      'DATABASE_BROKEN',
      `the embedded database in ${path} cannot be opened: check the space and the permissions there; the engine's own words are on the line above`,
      { cause: error },
    );
  }
  return {
    path,
    session,
    connect,
    async close() {
      session.close();
      await chdb.drainPending();
      lock.close();
    },
  };
}
