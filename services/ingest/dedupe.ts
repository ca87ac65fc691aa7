import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { errorCode, VigilError } from '../shared/errors.ts';

/**
 * What has been accepted, by id and revision. A batch is recorded here before it is appended to the log;
 * the log's own cursor decides after a crash whether the append happened. A full disk is a VigilError
 * `INGEST_INDEX_FULL` that a retry can help.
 */
export type DuplicateIndex = Disposable & {
  /**
   * Begins a reader's work where the log says that it stands: forgets the batch that was recorded here but
   * never reached the log.
   * @returns `older` where the index knows less than the log, as after somebody deleted it; `foreign` where
   *   it knows of batches that this log never got: it belongs to another log and has been emptied, because
   *   posts that it knows would be missing here.
   */
  resume(reader: string, batchInLog: number): 'agrees' | 'older' | 'foreign';
  /** Begins a batch; every `add` until `commit` belongs to it. */
  begin(): void;
  /** Records a post. @returns false where this id and revision were accepted before. */
  add(id: string, revision: number): boolean;
  /** Remembers under which id the versions of an edited post go (native ids, qualified by source). */
  addVersions(source: string, versions: readonly string[]): void;
  /** The first version's native id of a version, where an edit has shown it. */
  firstVersion(source: string, version: string): string | undefined;
  /** Makes the batch durable. */
  commit(reader: string, batch: number): void;
  /** Forgets what was added since `begin`. */
  rollback(): void;
  /** Posts in the index. */
  size(): number;
};

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 4000;
  CREATE TABLE IF NOT EXISTS accepted (
    place INTEGER NOT NULL, hash INTEGER NOT NULL, PRIMARY KEY (place, hash)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS readers (
    reader TEXT PRIMARY KEY, batch INTEGER NOT NULL, added BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS versions (
    version TEXT PRIMARY KEY, first TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * First 64 bits of SHA-256. Two different posts share them once in 60 million indexes of a million posts,
 * and nobody can make a post that hides another's.
 */
function hashOf(id: string, revision: number): bigint {
  const bytes = hash('sha256', `${id}\u0000${revision}`, 'buffer');
  return bytes.readBigInt64LE(0);
}

/**
 * The first ten characters of the native id, five bits of each. The platforms count their ids up with
 * time, so posts that follow each other lie beside each other in the index, and a batch touches few pages
 * however large the index is.
 */
function placeOf(id: string): number {
  const start = id.indexOf(':') + 1;
  let place = 0;
  for (let at = start; at < start + 10; at++)
    place = place * 32 + (at < id.length ? id.charCodeAt(at) & 31 : 0);
  return place;
}

// Primary result codes of SQLite for a disk that is full or answers with an error; https://sqlite.org/rescode.html
const diskCodes = new Set([10, 13]);

/** A full or failing disk in our words, because waiting for it helps; other errors pass as they are. */
function explain(error: unknown, path: string): unknown {
  const code = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined;
  if (typeof code !== 'number' || !diskCodes.has(code & 0xff)) return error;
  return new VigilError(
    'INGEST_INDEX_FULL',
    `the disk of the index of accepted posts ${path} is full or cannot be written; free some space and it goes on, nothing that was accepted is lost`,
    { cause: error, canRetry: true },
  );
}

function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec(schema);
    return database;
  } catch (error) {
    const explained = explain(error, path);
    if (explained !== error) throw explained;
    throw new VigilError(
      'INGEST_INDEX',
      `cannot open the index of accepted posts ${path} (${errorCode(error)}): check the disk, or move the file away to begin an empty one`,
      { cause: error },
    );
  }
}

/**
 * The index in a SQLite file, about 20 bytes a post.
 */
export function openDuplicateIndex(path: string): DuplicateIndex {
  const database = openDatabase(path);
  const insert = database.prepare('INSERT OR IGNORE INTO accepted (place, hash) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM accepted WHERE place = ? AND hash = ?');
  const readReader = database.prepare('SELECT batch, added FROM readers WHERE reader = ?');
  const writeReader = database.prepare(
    'INSERT INTO readers (reader, batch, added) VALUES (?, ?, ?) ON CONFLICT (reader) DO UPDATE SET batch = excluded.batch, added = excluded.added',
  );
  const insertVersion = database.prepare('INSERT OR IGNORE INTO versions (version, first) VALUES (?, ?)');
  const readVersion = database.prepare('SELECT first FROM versions WHERE version = ?');
  let added: bigint[] = [];

  /** Leaves no transaction open behind a failure; some failures end it by themselves. */
  function undo(): void {
    if (database.isTransaction) database.exec('ROLLBACK');
    added = [];
  }
  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      undo();
      throw explain(error, path);
    }
  }

  function resume(reader: string, batchInLog: number): ReturnType<DuplicateIndex['resume']> {
    const row = readReader.get(reader);
    const batch = Number(row?.['batch'] ?? 0);
    if (batch > batchInLog + 1) {
      database.exec(
        'BEGIN IMMEDIATE; DELETE FROM accepted; DELETE FROM readers; DELETE FROM versions; COMMIT',
      );
      return 'foreign';
    }
    if (batch > batchInLog) {
      const pairs = new BigInt64Array(Uint8Array.from(row?.['added'] as Uint8Array).buffer);
      database.exec('BEGIN IMMEDIATE');
      for (let at = 0; at + 1 < pairs.length; at += 2)
        remove.run(pairs[at] as bigint, pairs[at + 1] as bigint);
      writeReader.run(reader, batchInLog, new Uint8Array(0));
      database.exec('COMMIT');
    }
    return batch < batchInLog ? 'older' : 'agrees';
  }

  return {
    resume: (reader, batchInLog) => guarded(() => resume(reader, batchInLog)),
    begin() {
      added = [];
      guarded(() => database.exec('BEGIN IMMEDIATE'));
    },
    add(id, revision) {
      const place = placeOf(id);
      const value = hashOf(id, revision);
      if (guarded(() => insert.run(place, value)).changes === 0) return false;
      added.push(BigInt(place), value);
      return true;
    },
    addVersions(source, versions) {
      const [first] = versions;
      if (first === undefined) return;
      guarded(() => {
        for (const version of versions.slice(1)) insertVersion.run(`${source}:${version}`, first);
      });
    },
    firstVersion(source, version) {
      const first = readVersion.get(`${source}:${version}`)?.['first'];
      return typeof first === 'string' ? first : undefined;
    },
    commit(reader, batch) {
      guarded(() => {
        writeReader.run(reader, batch, new Uint8Array(BigInt64Array.from(added).buffer));
        database.exec('COMMIT');
      });
      added = [];
    },
    rollback: undo,
    size: () => Number(database.prepare('SELECT count(*) AS n FROM accepted').get()?.['n'] ?? 0),
    [Symbol.dispose]: () => database.close(),
  };
}
