import { isUtf8 } from 'node:buffer';
import { parseFeedItem } from '../formats/feed.ts';
import type { DeadLetterReason } from '../../../../schemas/flow.ts';
import type { Platform } from '../../../../schemas/post.ts';
import { type Format, type Outcome, type ParseContext, unusable } from '../formats/format.ts';
import { formatOf } from '../formats/index.ts';
import { table } from '../formats/table.ts';
import { isObject, type Json } from '../text/fields.ts';
import type { Framing } from './detect.ts';
import type { Frame } from './frames.ts';
import { fieldsOfRow, rowOf } from './table-row.ts';

/** Levels of brackets beyond which a message is refused; no platform's message has thirty. */
const maxDepth = 512;
/** A message shorter than this is parsed without counting: JSON.parse itself needs no stack. */
const countDepthFrom = 8192;

/** Whether brackets outside strings are nested too deep; stops at the first that is. */
export function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 92) at++;
      else if (byte === 34) inString = false;
    } else if (byte === 34) inString = true;
    else if (byte === 123 || byte === 91) {
      if (++depth > maxDepth) return true;
    } else if (byte === 125 || byte === 93) depth--;
  }
  return false;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: false });

/** The text without a byte order mark and without the separators before it. */
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

/** JSON.parse without its message, which would repeat the record. */
function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The records of a frame, and the platform they are of where that could be told. */
export type Decoded = { readonly outcomes: readonly Outcome[]; readonly platform: Platform | undefined };

const nothing: Decoded = { outcomes: [], platform: undefined };
/** One record that cannot be used. */
export const problem = (reason: DeadLetterReason, detail: string): Decoded => ({
  outcomes: [unusable(reason, detail)],
  platform: undefined,
});

/** A message by its format: the configured one, or the one whose shape it has. */
function parseMessage(value: unknown, only: Format | undefined, context: ParseContext): Decoded {
  if (!isObject(value)) return problem('unknown-shape', 'the record is JSON, but not an object');
  const format = only ? (only.matches(value) ? only : undefined) : formatOf(value);
  if (!format) return problem('unknown-shape', 'no known format has these keys');
  const { platform } = format;
  try {
    return { outcomes: format.parse(value, context), platform };
  } catch {
    // A parser that stumbles is our fault, but one record must not stop the stream.
    return { outcomes: [unusable('poison', `the parser for ${platform} failed on the record`)], platform };
  }
}

function parseJsonText(
  text: string,
  torn: boolean,
  only: Format | undefined,
  context: ParseContext,
): Decoded {
  const parsed = parseJson(text);
  if (parsed) return parseMessage(parsed.value, only, context);
  return torn
    ? problem('torn', 'the file ends in the middle of the record')
    : problem('not-json', 'the record is not valid JSON');
}

/** The event and the data of a block of server-sent events; undefined for a keep-alive. */
export function eventOf(block: string): Json | undefined {
  let event = 'message';
  let seen = false;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (line === '' || colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') [event, seen] = [value, true];
    else if (field === 'data') data.push(value);
  }
  return seen || data.length > 0 ? { event, payload: data.join('\n') } : undefined;
}

function parseEvent(text: string, torn: boolean, only: Format | undefined, context: ParseContext): Decoded {
  const value = eventOf(text);
  if (!value) return nothing;
  // Streams that name no event carry other platforms' messages.
  if (value['event'] === 'message') return parseJsonText(String(value['payload']), torn, only, context);
  const decoded = parseMessage(value, only, context);
  return torn && decoded.outcomes[0]?.type === 'unusable'
    ? problem('torn', 'the file ends in the middle of the event')
    : decoded;
}

function parseRowText(
  text: string,
  frame: Frame,
  framing: Framing & { kind: 'rows' },
  context: ParseContext,
): Decoded {
  if (frame.start === 0) return nothing; // the names of the columns
  const fields = fieldsOfRow(text, framing.delimiter);
  const row = fields && rowOf(fields, framing.columns);
  if (row) return { outcomes: table.parse(row, context), platform: 'file' };
  return frame.fault === 'torn'
    ? problem('torn', 'the file ends in the middle of the row')
    : problem('not-csv', 'the row does not have as many fields as the header');
}

function parseItemText(
  text: string,
  torn: boolean,
  context: ParseContext,
  framing: Framing & { kind: 'items' },
): Decoded {
  const start = text.search(/<(?:\w+:)?(?:item|entry)[\s>/]/i);
  if (torn) return start < 0 ? nothing : problem('torn', 'the file ends in the middle of the item');
  if (start < 0) return problem('not-xml', 'an end tag without its start tag');
  return { outcomes: [parseFeedItem(text.slice(start), framing.head, context)], platform: 'feed' };
}

/**
 * The records of one frame; none for what only separates records (blank lines, keep-alives, a table's
 * header, the end of a feed). Never throws.
 * @param only the configured format; by default every message is held against all of them.
 */
export function decodeFrame(
  frame: Frame,
  framing: Framing,
  only: Format | undefined,
  context: ParseContext,
): Decoded {
  if (frame.fault === 'too-large') return problem('too-large', 'the record is longer than maxRecordBytes');
  const { bytes } = frame;
  if (!isUtf8(bytes)) {
    // A character cut in half at the end is a torn record, not another encoding.
    return frame.fault === 'torn'
      ? problem('torn', 'the file ends in the middle of the record')
      : problem('not-utf8', 'the record is not UTF-8');
  }
  if (
    bytes.length >= countDepthFrom &&
    framing.kind !== 'items' &&
    framing.kind !== 'rows' &&
    isTooDeep(bytes)
  ) {
    return problem('too-deep', `brackets nested more than ${maxDepth} deep`);
  }
  const text = textOf(bytes);
  const torn = frame.fault === 'torn';
  if (framing.kind === 'items') return parseItemText(text, torn, context, framing);
  // Brackets and commas around the elements of an array are no part of them.
  const body = framing.kind === 'json' ? text.replace(/^[\s,[\]]+/, '') : text;
  if (body.trim() === '') return nothing;
  if (framing.kind === 'events') return parseEvent(body, torn, only, context);
  if (framing.kind === 'rows') return parseRowText(body, frame, framing, context);
  return parseJsonText(body, torn, only, context);
}
