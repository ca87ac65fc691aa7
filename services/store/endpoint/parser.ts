import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Session } from 'chdb';
import { VigilError } from '../../shared/errors.ts';

/** What the engine's own parser says of a text, without running it. */
export type Classified = {
  /** 0 when it does not parse. */
  readonly statements: number;
  /** Whether all of it only reads: SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK. */
  readonly reads: boolean;
};

export type Parser = {
  classify(session: Session, sql: string): Promise<Classified>;
  /** Runs `prefix` with the data behind it; the engine sees both as one text. */
  insert(session: Session, prefix: string, data: Buffer): Promise<void>;
};

type Native = {
  DurableClassifyAsync(
    connection: unknown,
    sql: string,
    database: string,
  ): Promise<{ statementCount: number; queryClass: number }>;
  InsertRawAsyncConnection(
    connection: unknown,
    prefix: string,
    data: Buffer,
    lines: boolean,
  ): Promise<unknown>;
};

const readOnlyClass = 0;
const probes: readonly (readonly [sql: string, statements: number, reads: boolean])[] = [
  ['SELECT 1', 1, true],
  ['SELECT 1; DROP TABLE t', 2, false],
  ["SELECT 1 INTO OUTFILE 'f'", 1, false],
  ['SYSTEM SHUTDOWN', 1, false],
  ['SET readonly = 0', 1, false],
];

const unsafe = (cause?: unknown) =>
  new VigilError(
    'ENDPOINT_UNSAFE',
    'the read-only endpoint cannot tell reads from writes with this version of chdb: install the one that package-lock.json names (npm install), or set endpoint.enabled to false',
    { cause },
  );

/**
 * The engine's statement parser. It is a private part of the package `chdb`, so it is tried on known
 * statements before anything relies on it.
 * @throws VigilError `ENDPOINT_UNSAFE` when it is missing or answers otherwise than expected.
 */
export async function loadParser(session: Session): Promise<Parser> {
  let native: Native;
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('chdb/package.json'));
    native = (require(join(folder, 'dist', 'loader.js')) as { loadNative(): Native }).loadNative();
  } catch (error) {
    throw unsafe(error);
  }
  return probeParser(native, session);
}

/** Tries a parser on statements whose answers are known. @throws as `loadParser`. */
export async function probeParser(native: Partial<Native>, session: Session): Promise<Parser> {
  const { DurableClassifyAsync: classifyNative, InsertRawAsyncConnection: insertNative } = native;
  if (typeof classifyNative !== 'function' || typeof insertNative !== 'function') throw unsafe();
  async function classify(on: Session, sql: string): Promise<Classified> {
    const found = await classifyNative?.(on.connection, sql, 'default');
    return { statements: found?.statementCount ?? 0, reads: found?.queryClass === readOnlyClass };
  }
  for (const [sql, statements, reads] of probes) {
    const found = await classify(session, sql).catch((error: unknown) => {
      throw unsafe(error);
    });
    if (found.statements !== statements || found.reads !== reads) throw unsafe();
  }
  return {
    classify,
    async insert(on, prefix, data) {
      await insertNative(on.connection, prefix, data, true);
    },
  };
}
