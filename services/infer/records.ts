import { isUtf8 } from 'node:buffer';
import { post as postRecord } from '../../schemas/post.ts';
import type { Analysis } from '../../schemas/analysis.ts';
import type { DeadLetter, DeadLetterReason } from '../../schemas/flow.ts';
import type { Entry, LogRecord } from '../log/log.ts';
import type { PostText } from './engine.ts';

/** A post of the log, with the bytes that go on to the next topic as they came. */
export type DecodedPost = PostText & { readonly source: string; readonly bytes: Uint8Array };

/**
 * Reads a record of the topic `posts`. The full schema is checked at the edge where posts are made; here
 * only what this stage reads is, because this happens for every post of the stream. Records of the
 * version before are lifted to the present one.
 * @returns the post, or what is wrong with the record, without a word of it.
 */
export function decodePost(record: LogRecord): DecodedPost | string {
  const { value } = record;
  // A replacement character would stand in the parsed text, but not in the bytes that go on.
  if (!isUtf8(value)) return 'not UTF-8';
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch {
    return 'not JSON';
  }
  if (typeof data !== 'object' || data === null) return 'not an object';
  const { v, id, revision, text, source } = data as Record<string, unknown>;
  if (
    v === postRecord.version &&
    typeof id === 'string' &&
    typeof revision === 'number' &&
    typeof text === 'string' &&
    typeof source === 'string'
  ) {
    return { id, revision, text, source, bytes: value };
  }
  const read = postRecord.read(data);
  if (!read.ok) return read.problem;
  return { ...read.value, bytes: Buffer.from(JSON.stringify(read.value)) };
}

const head = Buffer.from('{"v":1,"post":');
const middle = Buffer.from(',"analysis":');
const close = 0x7d;

/** The record of the topic `analyses`: the post's own bytes with the analysis beside them. */
export function analysedEntry(post: DecodedPost, analysis: Analysis): Entry {
  const json = JSON.stringify(analysis);
  // UTF-16 units take at most three bytes each.
  const value = Buffer.allocUnsafe(head.length + post.bytes.length + middle.length + json.length * 3 + 1);
  let end = head.copy(value);
  value.set(post.bytes, end);
  end += post.bytes.length;
  end += middle.copy(value, end);
  end += value.write(json, end);
  value[end++] = close;
  return { key: post.id, value: value.subarray(0, end) };
}

const keptBytes = 65_536;

/** The record of the topic `dead-letters` for a post that cannot be decoded or analysed. */
export function deadLetterEntry(
  record: LogRecord,
  why: { reason: DeadLetterReason; detail: string; source: string; at: number },
): Entry {
  const letter: DeadLetter = {
    v: 1,
    stage: 'infer',
    source: why.source,
    reason: why.reason,
    origin: `${record.topic}/${record.partition}/${record.offset}`,
    bytes: record.value.length,
    detail: why.detail,
    // Posts of the log are masked already.
    record: record.value.length <= keptBytes ? Buffer.from(record.value).toString('utf8') : null,
    at: why.at,
  };
  return { key: why.source, value: Buffer.from(JSON.stringify(letter)) };
}
