import { Readable } from 'node:stream';
import { ClickHouseError, ClickHouseLogLevel, createClient, drainStream } from '@clickhouse/client';
import { VigilError } from '../../../shared/errors.ts';
import type { Database, QueryOptions, Row } from '../../database.ts';
import { bytesOf } from '../bytes.ts';
import { databaseFault, type Step } from '../faults.ts';
import { encodeRows, insertSettings } from '../rows.ts';
import type { ClickhouseConfig } from './config.ts';

/** The error of the port for one of the client: a server's exception has a code, all else is the way there. */
function fault(step: Step, what: string, error: unknown): VigilError {
  if (error instanceof ClickHouseError) return databaseFault(step, what, Number(error.code), error.message);
  const code = (error as { code?: unknown } | null)?.code;
  return new VigilError(
    'DATABASE_AWAY',
    `the database cannot be reached${typeof code === 'string' ? ` (${code})` : ''}: check store.clickhouse.url and that the server runs`,
    { canRetry: true },
  );
}

/** A ClickHouse server over HTTP. Settings go with each call; sessions are never used. */
export function openClickhouse(config: ClickhouseConfig): Database {
  const client = createClient({
    url: config.url,
    username: config.username,
    password: config.password,
    request_timeout: config.requestTimeoutSeconds * 1000,
    application: 'vigilstream',
    // The client would print the server's words, which echo values of rows.
    log: { level: ClickHouseLogLevel.OFF },
    max_open_connections: 8,
    keep_alive: { enabled: true, eagerly_destroy_stale_sockets: true },
  });

  async function call<T>(step: Step, what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VigilError) throw error;
      throw fault(step, what, error);
    }
  }

  async function query<T extends Row>(sql: string, { params, signal }: QueryOptions = {}): Promise<T[]> {
    return call('query', 'a query', async () => {
      const result = await client.query({
        query: sql,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
        ...(params ? { query_params: params } : {}),
        ...(signal ? { abort_signal: signal } : {}),
      });
      return result.json<T>();
    });
  }

  return {
    driver: 'clickhouse',
    query,
    async command(sql) {
      await call('command', `"${sql.slice(0, 60)}"`, () =>
        // On a cluster a statement is done when all its servers have done it, or the call fails.
        client.command({ query: sql, clickhouse_settings: { wait_end_of_query: 1 } }),
      );
    },
    async insert(table, rows, { token, signal }) {
      if (rows.length === 0) return;
      const lines = encodeRows(table, rows);
      await call('insert', table, async () => {
        const { stream } = await client.exec({
          query: `INSERT INTO ${table} FORMAT JSONEachRow`,
          values: Readable.from([lines], { objectMode: false }),
          // Foreground: an insert into a table over shards is done when the shards have the rows.
          clickhouse_settings: {
            ...insertSettings(token),
            distributed_foreground_insert: 1,
            wait_end_of_query: 1,
          },
          ...(signal ? { abort_signal: signal } : {}),
        });
        await drainStream(stream);
      });
    },
    export(sql, { params, signal, format }) {
      return call('query', 'a query', async () => {
        const { stream } = await client.exec({
          query: `${sql}\nFORMAT ${format}`,
          // The server keeps the result until it is complete, on its disk where it is large.
          clickhouse_settings: { wait_end_of_query: 1 },
          ...(params ? { query_params: params } : {}),
          ...(signal ? { abort_signal: signal } : {}),
        });
        return bytesOf(stream);
      });
    },
    async version() {
      const rows = await query<{ version: string }>('SELECT version() AS version');
      return rows[0]?.version ?? 'unknown';
    },
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  };
}
