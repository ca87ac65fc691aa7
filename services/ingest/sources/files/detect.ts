import { hasTextColumn } from '../formats/table.ts';
import { type FeedHead, parseFeedHead } from '../formats/feed.ts';
import { fieldsOfRow } from './table-row.ts';

/** How the records of a member are set apart; found from its first bytes alone, so that a resumed reader agrees. */
export type Framing =
  | { readonly kind: 'lines' }
  | { readonly kind: 'json' }
  | { readonly kind: 'events' }
  | { readonly kind: 'items'; readonly head: FeedHead }
  | { readonly kind: 'rows'; readonly delimiter: string; readonly columns: readonly string[] };

export type Encoding = { readonly label: string; readonly transcode: boolean };

/**
 * UTF-16 is known by its byte order mark, other encodings of XML by its declaration; both are converted.
 * Everything else is taken for UTF-8.
 */
export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return { label: 'utf-16le', transcode: true };
  if (head[0] === 0xfe && head[1] === 0xff) return { label: 'utf-16be', transcode: true };
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(200, head.length)).toString('latin1');
  const declared = /^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})["']/.exec(start)?.[1];
  if (declared === undefined || /^utf-?8$/i.test(declared)) return { label: 'utf-8', transcode: false };
  try {
    return { label: new TextDecoder(declared).encoding, transcode: true };
  } catch {
    return { label: 'utf-8', transcode: false };
  }
}

function isObjectLine(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Lines or documents: what begins an object on a line of its own and never ends one there is a document. */
function jsonFraming(text: string, complete: boolean): Framing {
  const lines = text.split('\n');
  if (!complete) lines.pop();
  const opened = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (opened.length <= 1 && !(opened[0] ?? '').startsWith('[')) {
    // One line only: a single message, or one so long that its end is not in sight.
    return { kind: /^\s*\{\s*(\n|$)/.test(text) ? 'json' : 'lines' };
  }
  const objects = opened.slice(0, 50).filter((line) => line.startsWith('{'));
  if (objects.some(isObjectLine)) return { kind: 'lines' };
  const bare = opened.some((line) => line === '{' || line === '[' || line === '[{');
  return {
    kind: bare || text.trimStart().startsWith('[') || opened.length > 2 * objects.length ? 'json' : 'lines',
  };
}

function rowsFraming(text: string): Framing | undefined {
  const row = text.slice(0, text.indexOf('\n') + 1 || undefined);
  for (const delimiter of ['\t', ',', ';', '|']) {
    const columns = fieldsOfRow(row, delimiter)?.map((column) => column.trim().toLowerCase());
    if (columns && hasTextColumn(columns)) return { kind: 'rows', delimiter, columns };
  }
  return undefined;
}

/**
 * Tells from the first bytes (decoded) how a member is framed.
 * @param complete whether these are all its bytes.
 * @returns undefined where nothing known begins.
 */
export function detectFraming(head: string, complete: boolean): Framing | undefined {
  const text = head.replace(/^\uFEFF/, '');
  const start = text.trimStart();
  if (start.startsWith('<')) {
    return /<(\w+:)?(rss|rdf|feed|channel|item|entry)[\s>]/i.test(start)
      ? { kind: 'items', head: parseFeedHead(start) }
      : undefined;
  }
  if (start.startsWith('[')) return { kind: 'json' };
  if (start.startsWith('{')) return jsonFraming(text, complete);
  if (/^(:[^\n]*\n\s*)*(event|data|id|retry):/.test(start)) return { kind: 'events' };
  const rows = rowsFraming(start);
  if (rows) return rows;
  // A first line that is damaged hides nothing when the others are good.
  return start.split('\n').slice(1, 50).some(isObjectLine) ? { kind: 'lines' } : undefined;
}
