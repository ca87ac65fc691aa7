import type { IncomingMessage } from 'node:http';
import { randomId } from '../../shared/ids.ts';
import { readBody } from './body.ts';
import { unpackBlocks } from './compress.ts';
import { Refusal } from './errors.ts';

/** Longest statement; the engine's own limit for what it parses. */
export const maxStatementBytes = 262_144;
const maxReadBody = 1_048_576;
const maxWriteBody = 268_435_456;

export type QueryRequest = {
  /** Settings and parameters, from the address, the headers and the form together. */
  readonly query: URLSearchParams;
  /** The statement as it stands in the address; empty when it is in the body. */
  readonly head: string;
  /** The rest of the statement, or the data of an insert. */
  readonly body: Buffer;
  /** Id that the answer names: the client's, where it has one. */
  readonly queryId: string;
};

function malformed(message: string, code = 36, label = 'BAD_ARGUMENTS'): Refusal {
  return new Refusal(code, label, message, 'malformed');
}

/**
 * Sessions keep settings and temporary tables from one request to the next, and a reader can have neither: an
 * id is accepted (clickhouse-connect always sends one) and means nothing.
 */
function checkSession(query: URLSearchParams): void {
  if ((query.get('session_id')?.length ?? 0) > 256)
    throw malformed('session_id is longer than 256 characters');
  if (query.get('session_check') === '1') {
    throw malformed(
      'Session not found: this endpoint keeps no sessions, leave session_check out',
      372,
      'SESSION_NOT_FOUND',
    );
  }
}

/** Rows that come with an insert are often no text, so it is refused before anybody reads them. */
function refuseInsert(start: string): void {
  if (/^\s*INSERT\b/i.test(start)) {
    throw new Refusal(164, 'READONLY', 'Cannot execute query in readonly mode');
  }
}

/** Adds the fields of a form to the query; the field `query` is the statement. */
async function readForm(body: Buffer, type: string, query: URLSearchParams): Promise<Buffer> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  } catch {
    throw malformed('The form in the body is torn');
  }
  let statement = '';
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      throw malformed('External tables are not supported by this endpoint', 48, 'NOT_IMPLEMENTED');
    }
    if (name === 'query') statement = value;
    else query.set(name, value);
  }
  return Buffer.from(statement);
}

/** The client's id of a query, where it can stand in a header; else one of ours. */
export function queryIdOf(query: URLSearchParams): string {
  const id = query.get('query_id') ?? '';
  return /^[\w.:-]{1,128}$/.test(id) ? id : randomId();
}

/** Reads a request as a ClickHouse server does: address, headers, body or form, each possibly packed. */
export async function readRequest(
  request: IncomingMessage,
  query: URLSearchParams,
  write: boolean,
): Promise<QueryRequest> {
  checkSession(query);
  if (!write) refuseInsert(query.get('query') ?? '');
  const limit = write ? maxWriteBody : maxReadBody;
  let body = await readBody(request, limit);
  if (query.get('decompress') === '1' && body.length > 0) body = unpackBlocks(body, limit);
  const type = request.headers['content-type'] ?? '';
  if (/^multipart\/form-data\b/i.test(type) && body.length > 0) body = await readForm(body, type, query);
  for (const [header, name] of [
    ['x-clickhouse-database', 'database'],
    ['x-clickhouse-format', 'default_format'],
  ] as const) {
    const value = request.headers[header];
    if (typeof value === 'string' && !query.get(name)) query.set(name, value);
  }
  return {
    query,
    head: query.get('query') ?? '',
    body,
    queryId: queryIdOf(query),
  };
}

/**
 * The statement of a read: address and body joined by a line break, as a server joins them.
 * @throws Refusal when it is too long or holds bytes that are no text.
 */
export function statementOf({ head, body }: QueryRequest): string {
  refuseInsert(body.subarray(0, 1_000).toString('latin1'));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformed('The statement is not UTF-8');
  }
  const statement = [head, text]
    .filter((part) => part !== '')
    .join('\n')
    .trim();
  if (Buffer.byteLength(statement) > maxStatementBytes) {
    throw new Refusal(62, 'SYNTAX_ERROR', `Max query size exceeded: ${maxStatementBytes} bytes`, 'limit');
  }
  // The engine's parser and its callers need not agree on where a text with NUL in it ends.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000B\u000E-\u001F\u007F]/.test(statement)) {
    throw malformed('The statement holds control characters');
  }
  return statement;
}
