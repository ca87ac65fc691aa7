import { PassThrough, Readable, type Writable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { VigilError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { Engine } from '../databases/chdb/engine.ts';
import { readerPassword, readerUser } from './auth.ts';
import type { EndpointConfig } from './config.ts';
import { createEndpoint } from './endpoint.ts';
import { displayName, nameHeader } from './respond.ts';

/** A ClickHouse server, or something that answers as one. */
export type ClickhouseAddress = { readonly url: string; readonly user: string; readonly password: string };

export type QueryOptions = {
  /** Format of the result where the statement names none. */
  readonly format: string;
  /** Values of `{name:Type}` in the statement. */
  readonly params?: Readonly<Record<string, string>>;
  /** 64-bit integers as numbers in JSON, and not as texts. */
  readonly numbers?: boolean;
  readonly signal?: AbortSignal;
};

/** `message` is for the person who asked, never for a log: the engine's words repeat values. */
export type QueryOutcome =
  | { readonly ok: true; readonly format: string }
  | { readonly ok: false; readonly code: number; readonly message: string };

/**
 * Asks a ClickHouse server and pipes the result into `out`, which stays open.
 * @throws TypeError of `fetch` when the server cannot be reached.
 */
export async function askServer(
  address: ClickhouseAddress,
  sql: string,
  options: QueryOptions,
  out: Writable,
): Promise<QueryOutcome> {
  const url = new URL(address.url);
  url.searchParams.set('default_format', options.format);
  for (const [name, value] of Object.entries(options.params ?? {})) {
    url.searchParams.set(`param_${name}`, value);
  }
  if (options.numbers) url.searchParams.set('output_format_json_quote_64bit_integers', '0');
  const response = await fetch(url, {
    method: 'POST',
    body: sql,
    headers: { 'X-ClickHouse-User': address.user, 'X-ClickHouse-Key': address.password },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!response.ok) {
    const code = Number(response.headers.get('x-clickhouse-exception-code') ?? 0);
    return { ok: false, code, message: (await response.text()).trim() };
  }
  if (response.body) await pipeline(Readable.fromWeb(response.body), out, { end: false });
  return { ok: true, format: response.headers.get('x-clickhouse-format') ?? options.format };
}

/**
 * Whether the endpoint of this installation answers there: one of the right name, which is asked before
 * anything secret is sent, and that knows the password. Another monitor on the port does not.
 */
async function isOurs(url: string, password: string): Promise<boolean> {
  const signal = AbortSignal.timeout(2_000);
  try {
    const named = await fetch(new URL('/ping', url), { signal });
    await named.arrayBuffer();
    if (named.headers.get(nameHeader) !== displayName) return false;
    const headers = { 'X-ClickHouse-User': readerUser, 'X-ClickHouse-Key': password };
    const admitted = await fetch(url, { method: 'POST', body: 'SELECT 1', headers, signal });
    await admitted.arrayBuffer();
    return admitted.ok;
  } catch {
    return false;
  }
}

/** The settings that say where the tables are. */
export type QuerySettings = {
  readonly store: {
    readonly driver: 'chdb' | 'clickhouse';
    readonly clickhouse: { readonly url: string; readonly username: string; readonly password: string };
  };
  readonly endpoint: EndpointConfig;
};

export type QueryDeps = {
  /** Folder of secrets, where the reader's password lies. */
  readonly secretsDir: string;
  /** Opens the data folder, and keeps it; asked only when no instance answers. */
  engine(): Promise<Engine>;
  readonly metrics: Pick<Metrics, 'endpoint'>;
  readonly logger: Logger;
};

export type QueryClient = AsyncDisposable & {
  /** Who answers: the running instance, the data folder itself, or a ClickHouse server. */
  readonly from: 'instance' | 'folder' | 'server';
  /** Runs a statement and pipes its result into `out`, which stays open. */
  ask(sql: string, options: QueryOptions, out: Writable): Promise<QueryOutcome>;
  /**
   * Runs one of our own statements; 64-bit integers come as numbers.
   * @throws VigilError `QUERY_FAILED` with the engine's code, without its words.
   */
  rows<T>(sql: string, params?: QueryOptions['params']): Promise<T[]>;
};

function client(
  from: QueryClient['from'],
  address: ClickhouseAddress,
  close: () => Promise<void>,
): QueryClient {
  return {
    from,
    ask: (sql, options, out) => askServer(address, sql, options, out),
    async rows<T>(sql: string, params: QueryOptions['params'] = {}) {
      const out = new PassThrough();
      const [text, outcome] = await Promise.all([
        readText(out),
        askServer(address, sql, { format: 'JSONEachRow', params, numbers: true }, out).finally(() =>
          out.end(),
        ),
      ]);
      if (!outcome.ok) {
        throw new VigilError(
          'QUERY_FAILED',
          `the database refused a query (ClickHouse code ${outcome.code})`,
        );
      }
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as T);
    },
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Opens a way to ask the tables: the server of the configuration; or, for the embedded store, the running
 * instance if there is one, else the data folder itself, behind an endpoint on a free port that lasts as long
 * as the client, so that both give the same answers in the same formats and refuse the same.
 * @throws VigilError `DATABASE_BUSY` when another process holds the folder and does not answer.
 */
export async function openQuery(settings: QuerySettings, deps: QueryDeps): Promise<QueryClient> {
  const { store, endpoint: config } = settings;
  if (store.driver === 'clickhouse') {
    const { url, username, password } = store.clickhouse;
    return client('server', { url, user: username, password }, () => Promise.resolve());
  }
  const password = await readerPassword(deps.secretsDir);
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`;
  if (config.enabled && config.port !== 0 && (await isOurs(url, password))) {
    return client('instance', { url, user: readerUser, password }, () => Promise.resolve());
  }
  const endpoint = await createEndpoint(
    { ...config, host: '127.0.0.1', port: 0 },
    { engine: await deps.engine(), secrets: deps.secretsDir, metrics: deps.metrics, logger: deps.logger },
  );
  return client('folder', { url: endpoint.address.url, user: readerUser, password }, () => endpoint.close());
}
