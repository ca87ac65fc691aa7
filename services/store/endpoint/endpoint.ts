import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { VigilError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { Engine } from '../databases/chdb/engine.ts';
import { readerPassword } from './auth.ts';
import type { EndpointConfig } from './config.ts';
import { outcomes } from './errors.ts';
import { readFunctions } from './functions.ts';
import { hostCheck } from './hosts.ts';
import { createHttp } from './http.ts';
import { capsOf } from './limits.ts';
import { loadParser } from './parser.ts';
import { createRunner } from './run.ts';
import { createTurns } from './turns.ts';
import { createWriter } from './write.ts';

export type EndpointDeps = {
  readonly engine: Engine;
  /** The database that a reader reads. */
  readonly database?: string;
  /** Folder of secrets, where the reader's password is made at first start. */
  readonly secrets: string;
  readonly metrics: Pick<Metrics, 'endpoint'>;
  readonly logger: Logger;
  /** Lets everything through, for tests of the `clickhouse` driver; no setting leads here. */
  readonly write?: true;
};

export type Endpoint = {
  readonly address: { readonly host: string; readonly port: number; readonly url: string };
  /** Ends running queries and open connections. */
  close(): Promise<void>;
};

/** Waiting queries for each running one, and how long they wait beyond the time of a query. */
const waitingPerTurn = 16;

/**
 * A ClickHouse server for reading, over HTTP, on the embedded engine: for Grafana, drivers and curl.
 * @throws VigilError `PORT_IN_USE`, `ENDPOINT_UNSAFE` (the engine's parser is missing), `PASSWORD_UNUSABLE`.
 */
export async function createEndpoint(config: EndpointConfig, deps: EndpointDeps): Promise<Endpoint> {
  const { engine, logger, metrics } = deps;
  for (const outcome of outcomes) metrics.endpoint.inc({ outcome }, 0);
  const parser = await loadParser(engine.session);
  const functions = await readFunctions(engine.session);
  const facts = await engine.session.queryAsync('SELECT version(), timezone()', { format: 'TabSeparated' });
  const [version = '', timezone = ''] = facts.text().trim().split('\t');
  const password = await readerPassword(deps.secrets);

  const run = createRunner(engine, deps.database ?? 'vigilstream', capsOf(config), { parser, functions });
  const http = createHttp({
    server: { version, timezone },
    password,
    turns: createTurns(
      config.concurrency,
      config.concurrency * waitingPerTurn,
      config.maxExecutionSeconds * 1000,
    ),
    run,
    write: deps.write ? createWriter(engine, parser) : undefined,
    isOurs: hostCheck(config.allowedHosts, config.host),
    count(outcome, seconds, code) {
      metrics.endpoint.inc({ outcome });
      // Codes and times only: statements and the engine's messages hold values.
      logger.debug({ outcome, code, ms: Math.round(seconds * 1000) }, 'query to the endpoint');
    },
  });
  http.server.listen(config.port, config.host);
  try {
    await once(http.server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new VigilError(
      code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'ENDPOINT_ADDRESS',
      code === 'EADDRINUSE'
        ? `port ${config.port} is in use: set endpoint.port to another one, or endpoint.enabled to false`
        : `the endpoint cannot listen on ${config.host}:${config.port} (${code}): check endpoint.host and endpoint.port`,
      { cause: error },
    );
  }
  const { port } = http.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const address = { host: config.host, port, url: `http://${host}:${port}` };
  logger.info({ address: address.url }, 'the store answers ClickHouse clients');
  return {
    address,
    close: http.close,
  };
}
