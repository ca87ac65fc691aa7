import { z } from 'zod';
import type { CountFilter } from '../../store/queries/mention-filter.ts';
import { Problem } from '../problem.ts';
import { isoDay } from '../range.ts';
import { manyOf } from './fields.ts';

const dayMs = 86_400_000;
const id = z.string().max(200);

/** Which mentions are counted, as it stands in an address. Days are UTC, both included. */
export const countQuery = z.object({
  from: z.iso.date().optional().meta({ description: 'first day; four weeks back when not given' }),
  to: z.iso.date().optional().meta({ description: 'last day; today when not given' }),
  run: z.string().max(100).default('live'),
  model: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "a model's own answers; the newest answer to each post when not given" }),
  role: z.enum(['effect', 'uncertain', 'negated', 'other-person', 'indication']).default('effect'),
  source: manyOf(id).default([]),
  lang: manyOf(z.string().max(10)).default([]),
  country: manyOf(z.string().max(2)).default([]),
  duplicates: z
    .enum(['with', 'without'])
    .default('without')
    .meta({ description: 'with: also copies of a text, automated accounts and suspected advertising' }),
});
export type CountQuery = z.output<typeof countQuery>;

export const levelField = z
  .string()
  .regex(/^[a-z]{1,20}$/)
  .default('term')
  .meta({ description: 'term, class, or a level between them that the terminology has' });

/** @throws Problem 400 for days that run backwards. */
export function countFilterOf(query: CountQuery, now: number): CountFilter {
  const to = query.to ?? isoDay(now);
  const from = query.from ?? isoDay(Date.parse(to) - 27 * dayMs);
  if (from > to) {
    throw new Problem(400, 'The query of the request cannot be used', {
      errors: [{ path: 'from', message: 'must not be after to' }],
    });
  }
  return {
    from,
    to,
    run: query.run,
    role: query.role,
    sources: query.source,
    langs: query.lang,
    countries: query.country,
    withDuplicates: query.duplicates === 'with',
    ...(query.model === undefined ? {} : { model: query.model }),
  };
}
