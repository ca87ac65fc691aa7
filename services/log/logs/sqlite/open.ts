import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VigilError } from '../../../shared/errors.ts';
import type { SqliteConfig } from './config.ts';
import { explain } from './faults.ts';

const format = 1;

// `id` of a frame is the number of its partition times 2^42 plus the offset of its first record.
const schema = `
CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, retention_ms INTEGER);
CREATE TABLE parts (
  id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, part INTEGER NOT NULL,
  first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0, peak REAL NOT NULL DEFAULT -9e15,
  compacted INTEGER NOT NULL DEFAULT 0, UNIQUE (topic_id, part));
CREATE TABLE frames (
  id INTEGER PRIMARY KEY, last INTEGER NOT NULL, stored INTEGER NOT NULL,
  top REAL NOT NULL, peak REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE members (
  grp TEXT NOT NULL, id TEXT NOT NULL, topics TEXT NOT NULL, beats INTEGER NOT NULL,
  host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, PRIMARY KEY (grp, id)) WITHOUT ROWID;
CREATE TABLE leases (
  grp TEXT NOT NULL, part_id INTEGER NOT NULL, member TEXT NOT NULL, epoch INTEGER NOT NULL,
  PRIMARY KEY (grp, part_id)) WITHOUT ROWID;
CREATE TABLE positions (
  grp TEXT NOT NULL, part_id INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (grp, part_id)) WITHOUT ROWID;
`;

function prepareFile(db: DatabaseSync, path: string, synchronous: SqliteConfig['synchronous']): void {
  // Takes effect only in an empty file; both are no-ops later.
  db.exec('PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;');
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
    PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;`);
  db.exec('BEGIN IMMEDIATE');
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version === 0) db.exec(`${schema} PRAGMA user_version = ${format}`);
  db.exec('COMMIT');
  if (version > format) {
    throw new VigilError(
      'LOG_TOO_NEW',
      `the log ${path} was written by a newer version of vigilstream; update this one or set log.sqlite.path`,
    );
  }
}

/** Opens or makes the file of the log. @throws VigilError `LOG_DAMAGED`, `LOG_NOT_WRITABLE`, `LOG_FULL`, `LOG_TOO_NEW` */
export function openFile(path: string, synchronous: SqliteConfig['synchronous']): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Several processes may make the file at the same moment: here it is right to wait.
    db = new DatabaseSync(path, { timeout: 5000 });
    prepareFile(db, path, synchronous);
    // From here on a lock is waited for without holding up the event loop.
    db.exec('PRAGMA busy_timeout = 5');
    return db;
  } catch (error) {
    db?.close();
    throw explain(error, path);
  }
}
