import type { Engine } from '../databases/chdb/engine.ts';
import { randomId } from '../../shared/ids.ts';
import { Refusal } from './errors.ts';
import { literal } from './limits.ts';
import type { Parser } from './parser.ts';
import type { QueryRequest } from './request.ts';
import { onConnection, type Answer } from './run.ts';

/** Not settings: the transport's own words, and answers to nothing that a test asks. */
const notSettings = new Set(
  `query user password database default_format query_id session_id session_timeout compress decompress
  enable_http_compression client_protocol_version quota_key wait_end_of_query cancel_http_readonly_queries_on_client_close
  send_progress_in_http_headers http_headers_progress_interval_ms`.split(/\s+/),
);

function settingsOf(query: URLSearchParams, mark: string): string {
  const parts = [`log_comment = ${literal(mark)}`];
  for (const [name, value] of query) {
    if (notSettings.has(name)) continue;
    if (!/^[a-z]\w*$/i.test(name)) throw new Refusal(115, 'UNKNOWN_SETTING', 'Unknown setting');
    parts.push(`${name} = ${literal(value)}`);
  }
  return `SET ${parts.join(', ')}`;
}

/**
 * Rows of an insert as one document per line. A blank line would end the insert and let what follows run as
 * SQL, so every line must be a document of its own, and empty ones are left out.
 */
export function safeRows(data: Buffer): Buffer {
  const lines = data
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    try {
      JSON.parse(line);
    } catch {
      throw new Refusal(117, 'INCORRECT_DATA', 'Cannot parse a row: each line has to be one JSON document');
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const insertText = /^\s*INSERT\s[\s\S]*\sFORMAT\s+(\w+)\s*$/i;

/**
 * Runs anything, with all rights: for tests that need a real engine behind a server's protocol, and reachable
 * from no configuration. Inserts bring their rows in the body, one JSON document per line.
 */
export function createWriter(engine: Engine, parser: Parser) {
  return (request: QueryRequest, signal: AbortSignal): Promise<Answer> => {
    const mark = `write-${randomId()}`;
    return onConnection(engine, mark, signal, async (session) => {
      const database = request.query.get('database');
      if (database) await session.queryAsync(`USE \`${database.replaceAll(/[`\\]/g, '\\$&')}\``);
      await session.queryAsync(settingsOf(request.query, mark));
      const format = insertText.exec(request.head)?.[1];
      if (format !== undefined && request.body.length > 0) {
        if (format !== 'JSONEachRow') {
          throw new Refusal(73, 'UNKNOWN_FORMAT', 'Rows are taken as JSONEachRow only');
        }
        await parser.insert(session, request.head, safeRows(request.body));
        return { body: Buffer.alloc(0), format: 'TabSeparated', rows: 0, seconds: 0 };
      }
      const text = [request.head, request.body.toString('utf8')].filter((part) => part !== '').join('\n');
      const { statements } = await parser.classify(session, text);
      if (statements > 1) throw new Refusal(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed');
      const result = await session.queryAsync(text, {
        format: request.query.get('default_format') ?? 'TabSeparated',
      });
      const written = /\bFORMAT\s+(\w+)\s*;?\s*$/i.exec(text)?.[1] ?? 'TabSeparated';
      return {
        body: Buffer.from(result.bytes()),
        format: written,
        rows: result.rowsRead,
        seconds: result.elapsed,
      };
    });
  };
}
