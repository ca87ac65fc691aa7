import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { authenticate, credentialsOf } from './auth.ts';
import { Refusal, fromEngine, type Outcome } from './errors.ts';
import { helloBlock, isHello } from './hello.ts';
import { queryIdOf, readRequest, statementOf, type QueryRequest } from './request.ts';
import { displayName, nameHeader, sendAnswer, sendRefusal, sendText, type Server } from './respond.ts';
import type { Answer, Runner } from './run.ts';
import type { Turns } from './turns.ts';

export type HttpDeps = {
  readonly server: Server;
  readonly password: string;
  readonly turns: Turns;
  readonly run: Runner;
  /** Takes every statement in its place, in tests only. */
  readonly write: ((request: QueryRequest, signal: AbortSignal) => Promise<Answer>) | undefined;
  readonly isOurs: (headers: IncomingMessage['headers']) => boolean;
  readonly count: (outcome: Outcome, seconds: number, code: number) => void;
};

const okPaths = new Set(['/ping', '/replicas_status']);

/** Answers one authenticated query; its turn lasts until the answer is sent. */
async function answerQuery(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  gone: AbortSignal,
  deps: HttpDeps,
): Promise<void> {
  const read = await readRequest(request, query, deps.write !== undefined);
  const context = { queryId: read.queryId, query: read.query, server: deps.server };
  const sql = deps.write ? '' : statementOf(read);
  if (!deps.write && sql === '') {
    sendText(response, 200, 'Ok.\n');
    return;
  }
  if (isHello(sql, read.query)) {
    const body = helloBlock(deps.server.version, deps.server.timezone);
    await sendAnswer(request, response, { body, format: 'Native', rows: 1, seconds: 0 }, context);
    return;
  }
  const giveBack = await deps.turns.take(gone);
  try {
    const answer = deps.write ? await deps.write(read, gone) : await deps.run(sql, read.query, gone);
    await sendAnswer(request, response, answer, context);
  } finally {
    giveBack();
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  deps: HttpDeps,
  gone: AbortController,
): Promise<void> {
  if (!deps.isOurs(request.headers)) {
    deps.count('foreign-host', 0, 0);
    sendText(response, 403, 'This host name is not known here: see endpoint.allowedHosts\n', {
      Connection: 'close',
    });
    return;
  }
  const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
  if (okPaths.has(path)) return sendText(response, 200, 'Ok.\n', { [nameHeader]: displayName });
  if (path !== '/') return sendText(response, 404, `There is no such page here\n`, { Connection: 'close' });
  if (request.method !== 'GET' && request.method !== 'POST' && request.method !== 'HEAD') {
    return sendText(response, 405, 'GET and POST only\n', { Allow: 'GET, POST', Connection: 'close' });
  }
  const query = new URLSearchParams(search);
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    if (search === '' && request.method !== 'POST') return sendText(response, 200, 'Ok.\n');
    authenticate(credentialsOf(request.headers, query), deps.password);
    await answerQuery(request, response, query, gone.signal, deps);
    deps.count('ok', seconds(), 0);
  } catch (error) {
    const refusal = gone.signal.aborted
      ? new Refusal(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled', 'cancelled')
      : fromEngine(error);
    deps.count(refusal.outcome, seconds(), refusal.code);
    if (response.headersSent || response.destroyed) response.destroy();
    else await sendRefusal(response, refusal, { queryId: queryIdOf(query), query, server: deps.server });
  }
}

export type Http = {
  readonly server: HttpServer;
  /** Ends running queries and connections, and waits for both. */
  close(): Promise<void>;
};

/**
 * The server, not listening yet. Time and size of headers and bodies are bounded, so that a client that
 * trickles its request holds a socket for seconds only.
 */
export function createHttp(deps: HttpDeps): Http {
  const running = new Map<AbortController, Promise<void>>();
  const server = createServer(
    {
      maxHeaderSize: 65_536,
      headersTimeout: 5_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const gone = new AbortController();
      const work = handle(request, response, deps, gone)
        .catch(() => void response.destroy())
        .finally(() => running.delete(gone));
      running.set(gone, work);
    },
  );
  server.maxConnections = 128;
  // A reader that stops reading for this long loses its connection, and its answer the memory.
  server.setTimeout(60_000);
  return {
    server,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const gone of running.keys()) gone.abort();
      server.closeAllConnections();
      await Promise.allSettled([...running.values(), closed]);
    },
  };
}
