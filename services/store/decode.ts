import { analysedPost, type AnalysedPost } from '../../schemas/analysis.ts';
import { deletion } from '../../schemas/deletion.ts';
import { deadLetter, drop, gap, type DeadLetterReason } from '../../schemas/flow.ts';
import type { TopicName } from '../../schemas/topics.ts';
import type { Versioned } from '../../schemas/versioned.ts';
import type { LogRecord } from '../log/log.ts';
import {
  analysedPostRows,
  deadLetterRows,
  deletionRows,
  dropRows,
  gapRows,
  type Place,
  type Rows,
} from './rows.ts';

export type Decoded =
  | { readonly rows: Rows; readonly source: string; readonly seenAt: number | undefined }
  | { readonly problem: DeadLetterReason; readonly detail: string };

export const storedTopics = ['analyses', 'deletions', 'drops', 'dead-letters', 'gaps'] as const;
export type StoredTopic = (typeof storedTopics)[number];

type Read = (value: unknown, place: Place) => Decoded;

// Records of the hot topic come from this program's own infer stage: their versions are looked at, and what
// is wrong inside is found by the conversion or the database. Any other version takes the way through zod.
function readAnalysed(value: unknown): Decoded {
  const record = value as Partial<AnalysedPost> | null;
  let good: AnalysedPost;
  if (record?.v === 1 && record.post?.v === 1 && record.analysis?.v === 1) good = record as AnalysedPost;
  else {
    const read = analysedPost.read(value);
    if (!read.ok) return { problem: 'schema', detail: read.problem };
    good = read.value;
  }
  try {
    return { rows: analysedPostRows(good), source: good.post.source, seenAt: good.post.seenAt };
  } catch (error) {
    const detail = error instanceof RangeError ? error.message : 'AnalysedPost: a part is missing';
    return { problem: 'schema', detail };
  }
}

function reader<T extends { readonly source: string }>(
  type: Versioned<T>,
  rowsOf: (record: T, place: Place) => Rows,
): Read {
  return (value, place) => {
    const read = type.read(value);
    if (!read.ok) return { problem: 'schema', detail: read.problem };
    return { rows: rowsOf(read.value, place), source: read.value.source, seenAt: undefined };
  };
}

const readers: Readonly<Record<StoredTopic, Read>> = {
  analyses: readAnalysed,
  deletions: reader(deletion, deletionRows),
  drops: reader(drop, dropRows),
  'dead-letters': reader(deadLetter, deadLetterRows),
  gaps: reader(gap, gapRows),
};

export function isStored(topic: TopicName): topic is StoredTopic {
  return topic in readers;
}

/** The text of a record; the log's bytes are looked at and not copied. */
export function textOf({ value }: LogRecord): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

/** Rows of a record, or why it has none; never throws on what it is given. */
export function decode(topic: StoredTopic, record: LogRecord): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(textOf(record));
  } catch {
    return { problem: 'not-json', detail: 'the record is no JSON document' };
  }
  return readers[topic](value, record);
}
