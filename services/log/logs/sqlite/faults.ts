import { VigilError } from '../../../shared/errors.ts';

// Primary result codes of SQLite; https://sqlite.org/rescode.html
const busyCodes = new Set([5, 6]);
const damageCodes = new Set([11, 26]);
const full = 13;
const ioError = 10;
const readOnly = 8;
const cannotOpen = 14;
// SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE and _SHMSIZE: what a full disk looks like where the file is mapped or flushed
const fullDetails = new Set([778, 1034, 1546, 4874]);

function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** Whether another process holds the lock that the statement needs. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && busyCodes.has(code & 0xff);
}

export function damaged(path: string, cause?: unknown): VigilError {
  return new VigilError(
    'LOG_DAMAGED',
    `the log file ${path} is damaged; stop every process that uses it, keep a copy of it with its -wal and -shm files, then restore a backup or move the three away to start with an empty log, and ingest again from the sources`,
    { cause },
  );
}

/** What went wrong in SQLite, in terms of what to do; errors of our own pass as they are. */
export function explain(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const primary = code & 0xff;
  const options = { cause: error, canRetry: true };
  if (primary === full || fullDetails.has(code)) {
    return new VigilError(
      'LOG_FULL',
      `the disk of the log ${path} is full or cannot be written; free some space and it goes on, nothing that was accepted is lost`,
      options,
    );
  }
  if (damageCodes.has(primary)) return damaged(path, error);
  if (busyCodes.has(primary)) {
    return new VigilError('LOG_BUSY', `another process keeps the log ${path} locked`, options);
  }
  if (primary === readOnly || primary === cannotOpen) {
    return new VigilError(
      'LOG_NOT_WRITABLE',
      `the log ${path} cannot be opened for writing; check the owner and the rights of the file and its folder, or set log.sqlite.path`,
      { cause: error },
    );
  }
  if (primary === ioError) {
    return new VigilError(
      'LOG_IO',
      `the disk of the log ${path} answered with an error; check the disk`,
      options,
    );
  }
  return error;
}
