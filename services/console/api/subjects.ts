import { z } from 'zod';
import { rankingOf, rolesOf, seriesOf, tableOf, totalsOf } from '../../store/queries/counts.ts';
import type { Question } from '../../store/queries/mention-filter.ts';
import { latestScoresSql } from '../../store/queries/signals.ts';
import type { Row } from '../../store/database.ts';
import { assessmentQuerySchema, assessmentSchema } from '../../../schemas/signal.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { ApiConfig } from './api-config.ts';
import { countFilterOf, countQuery, levelField, type CountQuery } from './count-filter.ts';
import { pageSize } from './fields.ts';
import { route, type Route } from './route.ts';

const id = z.string().min(1).max(200);
const comparator = assessmentQuerySchema.shape.comparator;
const strata = assessmentQuerySchema.shape.by.unwrap();
const listQuery = countQuery.extend({
  level: levelField,
  limit: pageSize(2000, 100),
});

const ranked = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), people: z.number(), posts: z.number() })),
});
type Ranked = { id: string; name: string; people: number; posts: number };
const counts = { people: z.number(), posts: z.number() };
const scores = z.record(z.string(), z.unknown()).meta({
  description: 'the row of the last complete scan: counts, statistics with intervals, detectors, presets',
});

const pair = z.object({
  productId: z.string(),
  reactionId: z.string(),
  level: z.string(),
  from: z.string(),
  to: z.string(),
  totals: z.object(counts),
  series: z
    .array(z.object({ at: z.string(), ...counts }))
    .meta({ description: 'days without anybody are left out' }),
  roles: z
    .array(z.object({ role: z.string(), ...counts, all_people: z.number(), all_posts: z.number() }))
    .meta({ description: 'what the mentions count as; all_: with copies, bots and adverts' }),
  tables: z
    .array(
      z.object({ stratum: z.string(), n11: z.number(), n1x: z.number(), nx1: z.number(), n: z.number() }),
    )
    .meta({
      description: 'people of both, of the product, of the reaction, of all; one row for each stratum',
    }),
  scores: scores.nullable(),
});

/** Products, reactions, and what is counted of a pair of them. Counts are of people and of posts, by name. */
export function subjectRoutes(config: ApiConfig, deps: ConsoleDeps): Route[] {
  const { database, clock } = deps;
  const ask = <T extends Row>({ sql, params }: Question): Promise<T[]> =>
    database.query<T>(`${sql}\nSETTINGS max_execution_time = ${config.limits.querySeconds}`, { params });
  const filterOf = (query: CountQuery) => countFilterOf(query, clock.now());

  return [
    route({
      method: 'get',
      path: '/products',
      id: 'listProducts',
      tag: 'Counts',
      summary: 'Products by the number of people who tell of an effect',
      query: listQuery.extend({ reaction: id.optional().meta({ description: 'only with this reaction' }) }),
      response: ranked,
      handle: async ({ query }) => ({
        items: await ask<Ranked>(
          rankingOf(
            'product',
            query.level,
            filterOf(query),
            query.reaction === undefined ? {} : { reactionId: query.reaction },
            query.limit,
          ),
        ),
      }),
    }),
    route({
      method: 'get',
      path: '/reactions',
      id: 'listReactions',
      tag: 'Counts',
      summary: 'Reactions at a level by the number of people who tell of them',
      query: listQuery.extend({ product: id.optional().meta({ description: 'only of this product' }) }),
      response: ranked,
      handle: async ({ query }) => ({
        items: await ask<Ranked>(
          rankingOf(
            'reaction',
            query.level,
            filterOf(query),
            query.product === undefined ? {} : { productId: query.product },
            query.limit,
          ),
        ),
      }),
    }),
    route({
      method: 'get',
      path: '/pairs/{product}/{reaction}',
      id: 'getPair',
      tag: 'Counts',
      summary:
        'One product with one reaction: over time, by role, by stratum, and the statistics of the last scan',
      params: z.object({ product: id, reaction: id }),
      query: countQuery.extend({
        level: levelField,
        bin: z.enum(['day', 'week', 'month']).default('day'),
        strata: z.enum(['none', 'platform', 'source', 'lang', 'country', 'month']).default('none'),
      }),
      response: pair,
      async handle({ params, query }) {
        const target = { productId: params.product, reactionId: params.reaction, level: query.level };
        const filter = filterOf(query);
        const by = query.strata === 'none' ? undefined : query.strata;
        const [totals, series, roles, tables, latest] = await Promise.all([
          ask<{ people: number; posts: number }>(totalsOf(target, filter)),
          ask<{ at: string; people: number; posts: number }>(seriesOf(target, query.bin, filter)),
          ask<{ role: string; people: number; posts: number; all_people: number; all_posts: number }>(
            rolesOf(target, filter),
          ),
          ask<{ stratum: string; n11: number; n1x: number; nx1: number; n: number }>(
            tableOf(target, filter, by),
          ),
          ask({
            sql: latestScoresSql,
            params: {
              run: query.run,
              level: query.level,
              products: [params.product],
              concepts: [params.reaction],
              people: 0,
              limit: 1,
            },
          }),
        ]);
        const { people = 0, posts = 0 } = totals[0] ?? {};
        const { product: productId, reaction: reactionId } = params;
        const { from, to } = filter;
        const found = { totals: { people, posts }, series, roles, tables, scores: latest[0] ?? null };
        return { productId, reactionId, level: query.level, from, to, ...found };
      },
    }),
    route({
      method: 'get',
      path: '/pairs/{product}/{reaction}/assessment',
      id: 'assessPair',
      tag: 'Counts',
      summary: 'Disproportionality of a pair, against what one chooses, with its table and intervals',
      description:
        'PRR, ROR, IC and EBGM in people, with what each preset says, in all and by stratum. In posts of Twitter and Facebook such figures did not predict known signals (WEB-RADR: AUC 0.47 to 0.53): read them beside the posts.',
      params: z.object({ product: id, reaction: id }),
      query: countQuery.omit({ role: true }).extend({ level: levelField, comparator, by: strata.optional() }),
      response: assessmentSchema,
      async handle({ params, query }) {
        const { from, to } = filterOf({ ...query, role: 'effect' });
        const { level, run, model, by } = query;
        return deps.assess({
          run,
          level,
          productId: params.product,
          conceptId: params.reaction,
          from,
          to,
          comparator: query.comparator,
          sources: query.source,
          langs: query.lang,
          countries: query.country,
          withDuplicates: query.duplicates === 'with',
          ...(by === undefined ? {} : { by }),
          ...(model === undefined ? {} : { model }),
        });
      },
    }),
  ];
}
