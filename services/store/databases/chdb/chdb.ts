import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomId } from '../../../shared/ids.ts';
import { once } from '../../../shared/once.ts';
import type { Database, QueryOptions, Row } from '../../database.ts';
import { bytesOf } from '../bytes.ts';
import { databaseFault, exceptionCode, type Step } from '../faults.ts';
import { encodeRows, insertSettings } from '../rows.ts';
import type { ChdbConfig } from './config.ts';
import { openEngine, type Engine, type Session } from './engine.ts';
import { connectionSettings, literal } from './parameters.ts';

const idleConnections = 2;

/** The bytes of a file, which goes as soon as it is open. */
async function readAndRemove(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(path);
  await rm(path, { force: true });
  return bytesOf(file.createReadStream());
}

/**
 * ClickHouse inside this process. Statements run on libuv's pool, one at a time on each connection; a
 * connection that has seen an error is thrown away, since its output can hold what the failed statement left.
 */
export function chdbDatabase(engine: Engine): Database {
  const idle: Session[] = [];

  async function use<T>(
    step: Step,
    what: string,
    work: (session: Session) => Promise<T>,
    keep = true,
  ): Promise<T> {
    const session = idle.pop() ?? engine.connect();
    let clean = false;
    try {
      const result = await work(session);
      clean = keep;
      return result;
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      const message = error instanceof Error ? error.message : '';
      throw databaseFault(step, what, exceptionCode(message), message);
    } finally {
      if (clean && idle.length < idleConnections) idle.push(session);
      else session.close();
    }
  }

  /** The engine goes on with a query whose caller has left, unless it is told. */
  function stop(comment: string): void {
    void use('command', 'KILL QUERY', (session) =>
      session.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${literal(comment)} ASYNC`),
    ).catch(() => undefined);
  }

  /** Runs a SELECT with its parameters; `read` takes what is needed from the result. */
  async function select<T>(
    { params = {}, signal }: QueryOptions,
    read: (session: Session, run: { signal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const comment = signal ? randomId() : undefined;
    const sets = connectionSettings(params, comment);
    const onAbort = () => comment !== undefined && stop(comment);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await use(
        'query',
        'a query',
        async (session) => {
          if (sets) await session.queryAsync(sets);
          return read(session, signal ? { signal } : {});
        },
        // What was set lasts as long as the connection.
        sets === undefined,
      );
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async function query<T extends Row>(sql: string, options: QueryOptions = {}): Promise<T[]> {
    const text = await select(options, async (session, run) =>
      (await session.queryAsync(sql, { format: 'JSONEachRow', ...run })).text(),
    );
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  }

  // What a process that was killed has left is of no use to anybody.
  const exportFolder = once(async () => {
    const folder = join(engine.path, 'exports');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  });

  return {
    driver: 'chdb',
    async command(sql) {
      await use('command', `"${sql.slice(0, 60)}"`, (session) => session.queryAsync(sql));
    },
    async insert(table, rows, { token, signal }) {
      if (rows.length === 0) return;
      const values = encodeRows(table, rows);
      const settings = insertSettings(token);
      await use('insert', table, (session) =>
        session.insert({ table, values, format: 'JSONEachRow', settings, ...(signal ? { signal } : {}) }),
      );
    },
    query,
    async export(sql, { format, ...options }) {
      const file = join(await exportFolder(), randomId());
      try {
        await select(options, (session, run) =>
          session.queryAsync(`${sql}\nINTO OUTFILE ${literal(file)} FORMAT ${format}`, run),
        );
        return readAndRemove(file);
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
    async version() {
      const rows = await query<{ version: string }>('SELECT version() AS version');
      return rows[0]?.version ?? 'unknown';
    },
    async [Symbol.asyncDispose]() {
      for (const session of idle.splice(0)) session.close();
      await engine.close();
    },
  };
}

export type ChdbDeps = { readonly dataDir: string };

/** Opens the engine of the configured folder. @throws as `openEngine`. */
export async function openChdb(
  config: ChdbConfig,
  deps: ChdbDeps,
): Promise<{ database: Database; engine: Engine }> {
  const engine = await openEngine({
    path: config.path ?? join(deps.dataDir, 'store'),
    memoryBytes: config.memoryBytes,
    threads: config.threads,
  });
  return { database: chdbDatabase(engine), engine };
}
