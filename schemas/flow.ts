import { z } from 'zod';
import { millis, sourceName } from './common.ts';
import { versioned } from './versioned.ts';

/** Why a record was left out on purpose. A closed list; each is a label of one counter. */
export const dropReasons = [
  'not-a-post',
  'no-text',
  'no-id',
  'no-author',
  'bad-time',
  'duplicate',
  'language',
  'too-long',
  'protected',
  'empty-repost',
] as const;
export type DropReason = (typeof dropReasons)[number];

/** Why a record could not be used at all. */
export const deadLetterReasons = [
  'not-json',
  'not-xml',
  'not-csv',
  'not-utf8',
  'unknown-shape',
  'missing-field',
  'too-large',
  'too-deep',
  'torn',
  'archive-damaged',
  'schema',
  'database-refused',
  'poison',
] as const;
export type DeadLetterReason = (typeof deadLetterReasons)[number];

export const dropSchema = z.strictObject({
  v: z.literal(1),
  stage: z.string(),
  source: sourceName,
  reason: z.enum(dropReasons),
  count: z.int().min(1),
  at: millis,
});
/** How many records of a source a stage left out for one reason since the last such record. */
export type Drop = z.infer<typeof dropSchema>;
export const drop = versioned<Drop>('Drop', 1, dropSchema);

export const deadLetterSchema = z.strictObject({
  v: z.literal(1),
  stage: z.string(),
  source: z.string(),
  reason: z.enum(deadLetterReasons),
  origin: z
    .string()
    .describe('file and byte, or topic, partition and offset; enough to find the record again'),
  bytes: z.int().min(0),
  detail: z.string().describe('what is wrong, without a word of the record'),
  record: z.string().nullable().describe('only for records that are masked already (after ingest)'),
  at: millis,
});
/** A record that could not be used. What was not yet masked is not kept: `origin` says where it lies. */
export type DeadLetter = z.infer<typeof deadLetterSchema>;
export const deadLetter = versioned<DeadLetter>('DeadLetter', 1, deadLetterSchema);

export const gapSchema = z.strictObject({
  v: z.literal(1),
  source: sourceName,
  from: millis,
  to: millis,
  reason: z.enum(['down', 'cursor-too-old', 'rate-limit', 'budget', 'unknown']),
  seenAt: millis,
});
/** A stretch of time for which a source delivered nothing that it should have delivered. */
export type Gap = z.infer<typeof gapSchema>;
export const gap = versioned<Gap>('Gap', 1, gapSchema);

export const cursorSchema = z.strictObject({
  v: z.literal(1),
  source: z.string(),
  cursor: z.string(),
  batch: z.int().min(0).describe('number of the last appended batch; ties the duplicate index to the log'),
  at: millis,
});
/** How far a source has been read; appended together with the posts it covers. */
export type Cursor = z.infer<typeof cursorSchema>;
export const cursor = versioned<Cursor>('Cursor', 1, cursorSchema);
