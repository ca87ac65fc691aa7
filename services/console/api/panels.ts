import { z } from 'zod';
import { panels } from '../../../dashboards/index.ts';
import type { ConsoleDeps } from '../deps.ts';
import { panelRows, scopeOf } from '../panels/data.ts';
import { Problem } from '../problem.ts';
import { presets } from '../range.ts';
import { manyOf } from './fields.ts';
import { route, type Route } from './route.ts';

const value = manyOf(z.string().max(200)).optional();
const presetNames = presets.map(([name]) => name) as [string, ...string[]];

const panel = z.object({
  id: z.string(),
  title: z.string(),
  question: z.string().meta({ description: 'what the panel answers' }),
  kind: z.string(),
  unit: z.string().nullable().meta({ description: 'what its numbers count or measure' }),
});

/** The panels of the dashboards: what they ask, and what the tables answer. */
export function panelRoutes({ database, clock }: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/panels',
      id: 'listPanels',
      tag: 'Panels',
      summary: 'Every panel of the dashboards with the question that it answers',
      response: z.object({ items: z.array(panel) }),
      handle: () => ({
        items: [...panels.values()].map(({ id, title, question, kind, unit = null }) => ({
          id,
          title,
          question,
          kind,
          unit,
        })),
      }),
    }),
    route({
      method: 'get',
      path: '/panels/{id}',
      id: 'getPanel',
      tag: 'Panels',
      summary: 'The rows of a panel in a stretch of time',
      description: 'Panels that show posts are written to the audit trail.',
      params: z.object({ id: z.string().max(100) }),
      query: z.object({
        range: z.enum([...presetNames, 'custom']).default('28d'),
        from: z.iso
          .date()
          .optional()
          .meta({ description: 'first day, UTC; together with `to` instead of `range`' }),
        to: z.iso.date().optional().meta({ description: 'last day, UTC, included' }),
        product: value,
        term: value,
        level: value,
        source: value,
        lang: value,
        model: value,
        duplicates: z.enum(['with', 'without']).optional(),
      }),
      response: panel.extend({
        columns: z.array(z.string()),
        rows: z.array(z.record(z.string(), z.unknown())),
      }),
      async handle({ params }, c) {
        const found = panels.get(params.id);
        if (!found)
          throw new Problem(404, 'There is no such panel', { detail: 'GET /api/v1/panels lists them.' });
        if (found.kind === 'posts')
          await c.get('audit')('posts.search', '', { panel: found.id, ...c.req.query() });
        const rows = await panelRows(database, found, scopeOf(c, clock.now()));
        const { id, title, question, kind, unit = null } = found;
        return { id, title, question, kind, unit, columns: Object.keys(rows[0] ?? {}), rows: [...rows] };
      },
    }),
  ];
}
