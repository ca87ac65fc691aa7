import { z } from 'zod';
import { sha256Hex } from '../../shared/ids.ts';
import { Problem } from '../problem.ts';

/** Fields that several routes share. */

const dayMs = 86_400_000;

const momentText = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** A UTC day or a moment (ISO 8601) as milliseconds; the first one of a stretch. */
export const fromMoment = momentText
  .transform((text) => Date.parse(text))
  .meta({ description: 'first day (UTC) or moment, ISO 8601' });

/** The end of a stretch: a day counts whole. */
export const toMoment = momentText
  .transform((text) => Date.parse(text) + (text.length === 10 ? dayMs : 0))
  .meta({ description: 'last day (UTC, included) or moment (not included), ISO 8601' });

/** One value or several (`?source=a&source=b`), as a list; an empty text counts as none. */
export function manyOf<T extends z.ZodType<string>>(item: T) {
  const or = z.union([z.literal(''), item]);
  return z
    .union([or, z.array(or).max(100)])
    .transform(
      (value) => (Array.isArray(value) ? value : [value]).filter((text) => text !== '') as z.output<T>[],
    );
}

export const pageSize = (most: number, usual: number) =>
  z.coerce.number().int().min(1).max(most).default(usual).meta({ description: 'most items of one answer' });

export const cursorField = z
  .string()
  .max(2000)
  .optional()
  .meta({ description: '`next` of the answer before; the other parameters must be the same' });

/** An answer that is one page of a list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'cursor of the next page; null on the last one' }),
  });
}

/** What a cursor belongs to: the same filter gives the same mark. */
function markOf(filter: unknown): string {
  return sha256Hex(JSON.stringify(filter), 12);
}

/** A place in a list as one opaque word, good only for the filter that it was made with. */
export function encodeCursor(filter: unknown, place: unknown): string {
  return Buffer.from(JSON.stringify([markOf(filter), place])).toString('base64url');
}

/** @throws Problem 400 when the cursor is not one of ours or belongs to another filter. */
export function decodeCursor<T extends z.ZodType>(schema: T, filter: unknown, cursor: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    value = undefined;
  }
  const parsed = z.tuple([z.literal(markOf(filter)), schema]).safeParse(value);
  if (parsed.success) return parsed.data[1] as z.output<T>;
  throw new Problem(400, 'The cursor cannot be used', {
    detail:
      'Take `next` of the answer before as it is, with the same other parameters; or leave it out to begin again.',
  });
}
