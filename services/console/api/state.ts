import { z } from 'zod';
import { deadLettersOfSourceSql, gapsSql, type GapRow } from '../../store/queries/sources.ts';
import type { ConsoleDeps } from '../deps.ts';
import { createSourceStates } from '../source-states.ts';
import { route, type Route } from './route.ts';

const time = z.number().meta({ description: 'ms since 1970 UTC' });

const source = z.object({
  name: z.string(),
  platform: z.string(),
  posts: z.number().meta({ description: 'of all time, each once, without those that are gone' }),
  lastSeenAt: time,
  firstCreatedAt: time,
  lastCreatedAt: time,
  gaps: z.array(z.object({ from: time, to: time, reason: z.string(), seenAt: time })),
  deadLetters: z.array(z.object({ reason: z.string(), records: z.number(), lastAt: time })),
});

/** Where posts come from, and what reads them. */
export function stateRoutes({ database, clock, model }: ConsoleDeps): Route[] {
  const sourceStates = createSourceStates({ database, clock });
  return [
    route({
      method: 'get',
      path: '/sources',
      id: 'listSources',
      tag: 'State',
      summary: 'Sources: how much, how lately, what was missed and what could not be used',
      response: z.object({ items: z.array(source) }),
      async handle() {
        const [states, gaps, dead] = await Promise.all([
          sourceStates(),
          database.query<GapRow>(gapsSql, { params: { limit: 1000 } }),
          database.query<{ source: string; reason: string; records: number; lastAt: number }>(
            deadLettersOfSourceSql,
          ),
        ]);
        return {
          items: states.map((state) => ({
            ...state,
            gaps: gaps
              .filter((gap) => gap.source === state.name)
              .map(({ from, to, reason, seenAt }) => ({ from, to, reason, seenAt })),
            deadLetters: dead
              .filter((row) => row.source === state.name)
              .map(({ reason, records, lastAt }) => ({ reason, records, lastAt })),
          })),
        };
      },
    }),
    route({
      method: 'get',
      path: '/models',
      id: 'listModels',
      tag: 'State',
      summary: 'The model that reads the posts, its tasks, thresholds, scores and card',
      response: z.object({
        items: z.array(
          z.object({
            name: z.string(),
            version: z.string(),
            encoder: z.string(),
            megabytes: z.number(),
            card: z.string(),
            maxTokens: z.number(),
            files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
            data: z.object({ sha256: z.string(), sets: z.array(z.string()) }),
            figures: z.array(
              z.object({
                task: z.string(),
                set: z.string(),
                metric: z.string(),
                value: z.number(),
                low: z.number().nullable(),
                high: z.number().nullable(),
                rows: z.number().nullable(),
                positives: z.number().nullable(),
              }),
            ),
            tasks: z.array(
              z.object({
                id: z.string(),
                title: z.string(),
                question: z.string(),
                probability: z.string(),
                sentence: z.boolean(),
                threshold: z.number().nullable(),
                positive: z.string().nullable(),
                score: z.string(),
              }),
            ),
          }),
        ),
      }),
      handle: () => ({ items: [model] }),
    }),
  ];
}
