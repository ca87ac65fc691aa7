import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { hasEnded, type ProcessMark, thisProcess } from '../log/liveness.ts';
import { errorCode, VigilError } from '../shared/errors.ts';

/** The last batch that a reader recorded here. */
export type LastBatch = { readonly reader: string; readonly batch: number };

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
  /**
   * Last batches that no other process is known to be at. Some of them may never have reached the log, and
   * what they hold may come again by another path. A process on another machine, or in another container, is
   * not known: to forget a batch that it appends after all makes at most a duplicate, which the tables'
   * keys collapse; to keep one that nobody appends loses posts.
   */
  unattended(): readonly LastBatch[];
  /**
   * Forgets a batch of `unattended` that the log, read after that, does not have; leaves a reader alone that
   * has gone on since.
   * @returns `foreign` as `resume` does.
   */
  settle(last: LastBatch, batchInLog: number): 'agrees' | 'foreign';
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
  CREATE TABLE IF NOT EXISTS writers (
    reader TEXT PRIMARY KEY, process TEXT NOT NULL
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

/** Whether a process, written as JSON, is another one than this and known to be alive. */
function isElsewhere(process: unknown, here: ProcessMark): boolean {
  if (typeof process !== 'string') return false;
  const mark = JSON.parse(process) as ProcessMark;
  return mark.host === here.host && mark.pid !== here.pid && !hasEnded(mark, here);
}

/**
 * The index in a SQLite file, about 20 bytes a post.
 */
export function openDuplicateIndex(path: string, here: ProcessMark = thisProcess()): DuplicateIndex {
  const database = openDatabase(path);
  const insert = database.prepare('INSERT OR IGNORE INTO accepted (place, hash) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM accepted WHERE place = ? AND hash = ?');
  const readReader = database.prepare('SELECT batch, added FROM readers WHERE reader = ?');
  const writeReader = database.prepare(
    'INSERT INTO readers (reader, batch, added) VALUES (?, ?, ?) ON CONFLICT (reader) DO UPDATE SET batch = excluded.batch, added = excluded.added',
  );
  const readLast = database.prepare(
    'SELECT reader, batch, process FROM readers LEFT JOIN writers USING (reader)',
  );
  const writeWriter = database.prepare(
    'INSERT INTO writers (reader, process) VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET process = excluded.process WHERE process <> excluded.process',
  );
  const insertVersion = database.prepare('INSERT OR IGNORE INTO versions (version, first) VALUES (?, ?)');
  const readVersion = database.prepare('SELECT first FROM versions WHERE version = ?');
  const mark = JSON.stringify(here);
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

  function lastOf(reader: string): { batch: number; added: BigInt64Array } {
    const row = readReader.get(reader);
    const bytes = row ? Uint8Array.from(row['added'] as Uint8Array) : new Uint8Array(0);
    return { batch: Number(row?.['batch'] ?? 0), added: new BigInt64Array(bytes.buffer) };
  }

  /** Puts a reader back to where the log is; with `expected` only while that is still its last batch. */
  function putBack(
    reader: string,
    batchInLog: number,
    expected?: number,
  ): ReturnType<DuplicateIndex['resume']> {
    const { batch } = lastOf(reader);
    if (batch <= batchInLog) return batch < batchInLog ? 'older' : 'agrees';
    database.exec('BEGIN IMMEDIATE');
    const last = lastOf(reader);
    if (expected !== undefined && last.batch !== expected) {
      undo();
      return 'agrees';
    }
    if (last.batch > batchInLog + 1) {
      database.exec(
        'DELETE FROM accepted; DELETE FROM readers; DELETE FROM writers; DELETE FROM versions; COMMIT',
      );
      return 'foreign';
    }
    for (let at = 0; at + 1 < last.added.length; at += 2)
      remove.run(last.added[at] as bigint, last.added[at + 1] as bigint);
    writeReader.run(reader, batchInLog, new Uint8Array(0));
    database.exec('COMMIT');
    return 'agrees';
  }

  return {
    resume: (reader, batchInLog) => guarded(() => putBack(reader, batchInLog)),
    unattended: () =>
      guarded(() => readLast.all())
        .filter((row) => !isElsewhere(row['process'], here))
        .map((row) => ({ reader: String(row['reader']), batch: Number(row['batch']) })),
    settle: ({ reader, batch }, batchInLog) =>
      guarded(() => putBack(reader, batchInLog, batch)) === 'foreign' ? 'foreign' : 'agrees',
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
        writeWriter.run(reader, mark);
        database.exec('COMMIT');
      });
      added = [];
    },
    rollback: undo,
    size: () => Number(database.prepare('SELECT count(*) AS n FROM accepted').get()?.['n'] ?? 0),
    [Symbol.dispose]: () => database.close(),
  };
}
