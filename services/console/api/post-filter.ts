import { z } from 'zod';
import type { PostFilter } from '../../store/queries/search.ts';
import type { ModelView } from '../view.ts';
import { Problem } from '../problem.ts';
import { cursorField, fromMoment, manyOf, pageSize, toMoment } from './fields.ts';

const id = z.string().max(200);
const dayMs = 86_400_000;

/** How far a search looks back unless it says otherwise, and the most that it may. */
const usualDays = 28;
const longestDays = 3700;

/** Roles of a mention; empty is any of them. */
export const mentionRoles = ['', 'effect', 'uncertain', 'negated', 'other-person', 'indication'] as const;

/** The parameters of a search for posts, as they stand in an address. */
export const postFilterQuery = z.object({
  q: z.string().max(500).default('').meta({
    description: 'words that must occur, "a phrase", -word that must not; the case does not matter',
  }),
  from: fromMoment.optional(),
  to: toMoment.optional(),
  source: manyOf(id).default([]),
  lang: manyOf(z.string().max(10)).default([]),
  country: manyOf(z.string().max(2)).default([]),
  product: manyOf(id).default([]).meta({ description: 'id of a product that the post speaks of' }),
  concept: manyOf(id).default([]).meta({ description: 'id of a reaction that the post speaks of' }),
  class: manyOf(id).default([]).meta({ description: 'id of an organ class' }),
  role: z.enum(mentionRoles).default('').meta({ description: 'what the mention counts as' }),
  task: z.string().max(60).default('').meta({ description: 'a sentence task that the model answered' }),
  label: z.string().max(60).default('').meta({ description: 'the answer to `task`' }),
  minP: z.coerce.number().min(0).max(1).default(0).meta({
    description:
      'least probability, of the positive label where `task` has one, whatever the answer is; else of the answer',
  }),
  maxP: z.coerce.number().min(0).max(1).default(1),
  duplicates: z.enum(['with', 'without']).default('with').meta({
    description:
      'without: as the main count has it, each text once, for whoever was first, and no bots and adverts',
  }),
});
export type PostFilterQuery = z.output<typeof postFilterQuery>;

export const postPageQuery = postFilterQuery.extend({ limit: pageSize(200, 50), cursor: cursorField });

/**
 * The filter that a query asks for; without a time it looks back four weeks.
 * @throws Problem 400 for a time that runs backwards or is too long, and for a task that there is not.
 */
export function postFilterOf(query: PostFilterQuery, model: ModelView, now: number): PostFilter {
  const to = query.to ?? now;
  const from = query.from ?? to - usualDays * dayMs;
  const wrong = (path: string, message: string): Problem =>
    new Problem(400, 'The query of the request cannot be used', { errors: [{ path, message }] });
  if (from >= to) throw wrong('from', 'must be before to');
  if (to - from > longestDays * dayMs) throw wrong('from', 'the time is too long');
  const tasks = model.tasks.filter(({ sentence }) => sentence).map((task) => task.id);
  if (query.task !== '' && !tasks.includes(query.task))
    throw wrong('task', `must be one of ${tasks.join(', ')}`);
  if (query.label !== '' && query.task === '') throw wrong('label', 'needs a task');
  return {
    from,
    to,
    text: query.q,
    sources: query.source,
    langs: query.lang,
    countries: query.country,
    products: query.product,
    concepts: query.concept,
    classes: query.class,
    role: query.role,
    withDuplicates: query.duplicates === 'with',
    ...(query.task === ''
      ? {}
      : { answer: { task: query.task, label: query.label, from: query.minP, to: query.maxP } }),
  };
}
