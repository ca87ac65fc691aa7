import type { Session } from 'chdb';
import { setTimeout as wait } from 'node:timers/promises';
import { randomId } from '../../shared/ids.ts';
import type { Engine } from '../databases/chdb/engine.ts';
import { Refusal, fromEngine } from './errors.ts';
import { checkFormat } from './formats.ts';
import { check, type Rules } from './guard.ts';
import { literal, readerSettings, type Caps } from './limits.ts';

export type Answer = {
  readonly body: Buffer;
  readonly format: string;
  /** Of the result, by the engine. */
  readonly rows: number;
  readonly seconds: number;
};

export type Runner = (sql: string, query: URLSearchParams, signal: AbortSignal) => Promise<Answer>;

const cancelled = () => new Refusal(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled', 'cancelled');

/**
 * Ends the query that carries the mark, again and again until `done`: the engine does not know a query yet
 * that has only just been handed to it.
 */
export async function killUntil(engine: Engine, mark: string, done: AbortSignal): Promise<void> {
  while (!done.aborted) {
    const session = engine.connect();
    try {
      await session.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${literal(mark)} ASYNC`);
    } catch {
      // The query ends by its own time limit at the latest.
    } finally {
      session.close();
    }
    await wait(100);
  }
}

/** Runs `work` on a connection of its own; when the signal ends, what carries the mark is killed. */
export async function onConnection<T>(
  engine: Engine,
  mark: string,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw cancelled();
  const done = new AbortController();
  let killing: Promise<void> | undefined;
  const kill = () => {
    killing ??= killUntil(engine, mark, done.signal);
  };
  const session = engine.connect();
  signal.addEventListener('abort', kill, { once: true });
  try {
    return await work(session);
  } catch (error) {
    throw signal.aborted ? cancelled() : fromEngine(error);
  } finally {
    signal.removeEventListener('abort', kill);
    done.abort();
    session.close();
    await killing;
  }
}

/**
 * Runs reads, each on a fresh connection (settings, roles and the leftovers of a failed query end with it)
 * that becomes a reader's before it sees a word of the client's statement.
 */
export function createRunner(engine: Engine, database: string, caps: Caps, rules: Rules): Runner {
  const names = new Set(['', 'default', database]);
  return (sql, query, signal) => {
    const mark = `endpoint-${randomId()}`;
    return onConnection(engine, mark, signal, async (session) => {
      if (!names.has(query.get('database') ?? '')) {
        throw new Refusal(81, 'UNKNOWN_DATABASE', `Database does not exist here: there is only ${database}`);
      }
      const settings = readerSettings(query, caps, mark);
      await session.queryAsync(`USE ${database}; SET ROLE reader; ${settings}`);
      const checked = await check(sql, session, rules);
      const format = checkFormat(checked.format ?? (query.get('default_format') || 'TabSeparated'));
      if (signal.aborted) throw cancelled();
      const result = await session.queryAsync(checked.sql, { format });
      const { buffer, byteOffset, byteLength } = result.bytes();
      return {
        body: Buffer.from(buffer, byteOffset, byteLength),
        format,
        rows: result.rowsRead,
        seconds: result.elapsed,
      };
    });
  };
}
