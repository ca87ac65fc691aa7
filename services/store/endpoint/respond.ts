import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { methodOf, packBlocks } from './compress.ts';
import { exceptionText, statusOf, type Refusal } from './errors.ts';
import { contentTypeOf } from './formats.ts';
import type { Answer } from './run.ts';

const packers: Readonly<Record<string, (data: Buffer) => Promise<Buffer>>> = {
  zstd: promisify(zlib.zstdCompress),
  gzip: (data) => promisify(zlib.gzip)(data, { level: 1 }),
  deflate: (data) => promisify(zlib.deflate)(data, { level: 1 }),
  br: (data) =>
    promisify(zlib.brotliCompress)(data, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
};
/** Smaller answers gain nothing from packing. */
const worthPacking = 512;

function packerFor(request: IncomingMessage, query: URLSearchParams): string | undefined {
  if (query.get('enable_http_compression') === '0') return undefined;
  const offered = (request.headers['accept-encoding'] ?? '')
    .split(',')
    .map((part) => part.trim().split(';'))
    .filter(([, quality]) => quality?.trim() !== 'q=0')
    .map(([name]) => name);
  return Object.keys(packers).find((name) => offered.includes(name));
}

/** By this a client of ours tells the endpoint from another server on the same port. */
export const nameHeader = 'X-ClickHouse-Server-Display-Name';
export const displayName = 'vigilstream';

export type Server = { readonly version: string; readonly timezone: string };

export function commonHeaders(queryId: string, { timezone }: Server): Record<string, string> {
  return {
    [nameHeader]: displayName,
    'X-ClickHouse-Query-Id': queryId,
    'X-ClickHouse-Timezone': timezone,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}

/** Sends a result, packed as the client asks: ClickHouse's own blocks, or a content encoding. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  context: { queryId: string; query: URLSearchParams; server: Server },
): Promise<void> {
  const headers: Record<string, string> = {
    ...commonHeaders(context.queryId, context.server),
    'Content-Type': contentTypeOf(answer.format) ?? 'application/octet-stream',
    'X-ClickHouse-Format': answer.format,
    'X-ClickHouse-Summary': JSON.stringify({
      read_rows: '0',
      read_bytes: '0',
      written_rows: '0',
      written_bytes: '0',
      total_rows_to_read: '0',
      result_rows: String(answer.rows),
      result_bytes: String(answer.body.length),
      elapsed_ns: String(Math.round(answer.seconds * 1e9)),
    }),
  };
  if (context.query.get('compress') === '1') {
    response.writeHead(200, headers);
    await pipeline(
      Readable.from(packBlocks(answer.body, methodOf(context.query)), { objectMode: false }),
      response,
    );
    return;
  }
  let body = answer.body;
  const encoding = body.length > worthPacking ? packerFor(request, context.query) : undefined;
  const pack = encoding === undefined ? undefined : packers[encoding];
  if (encoding !== undefined && pack) {
    body = await pack(body);
    headers['Content-Encoding'] = encoding;
  }
  response.writeHead(200, { ...headers, 'Content-Length': body.length });
  // A body that has to wait for its reader keeps this call open, and with it the turn that bounds memory.
  await pipeline(Readable.from([body], { objectMode: false }), response);
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Sends an exception; packed where the client asked for packed answers, since drivers then unpack errors too. */
export async function sendRefusal(
  response: ServerResponse,
  refusal: Refusal,
  context: { queryId: string; query: URLSearchParams; server: Server },
): Promise<void> {
  const text = Buffer.from(exceptionText(refusal, context.server.version));
  const packed = context.query.get('compress') === '1';
  const body = packed
    ? Buffer.concat(await Array.fromAsync(packBlocks(text, methodOf(context.query))))
    : text;
  const challenge: Record<string, string> =
    refusal.code === 194 ? { 'WWW-Authenticate': 'Basic realm="ClickHouse server HTTP API"' } : {};
  response.writeHead(statusOf(refusal.code), {
    ...commonHeaders(context.queryId, context.server),
    ...challenge,
    'Content-Type': packed ? 'application/octet-stream' : 'text/plain; charset=UTF-8',
    'Content-Length': body.length,
    'X-ClickHouse-Exception-Code': String(refusal.code),
    // What is left of a body that was not read to its end must not be taken for the next request.
    ...(refusal.code === 307 ? { Connection: 'close' } : {}),
  });
  response.end(body);
}
