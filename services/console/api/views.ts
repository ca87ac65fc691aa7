import { z } from 'zod';
import { randomId } from '../../shared/ids.ts';
import { savedViewSql, savedViewsSql, type SavedViewRow } from '../../store/queries/saved-views.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext } from '../env.ts';
import { Problem } from '../problem.ts';
import { route, type Route } from './route.ts';

const view = z.object({
  id: z.string(),
  name: z.string(),
  page: z.string(),
  query: z.string(),
  person: z.string(),
  shared: z.boolean(),
  at: z.number().meta({ description: 'ms since 1970 UTC' }),
});

export const viewBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  page: z.enum(['posts']).meta({ description: 'the page that shows the view' }),
  query: z
    .string()
    .max(4000)
    .regex(/^[!-~]*$/, 'the part of an address after the question mark'),
  shared: z.boolean().default(false).meta({ description: 'whether others see it' }),
});
type ViewBody = z.output<typeof viewBody>;

/** The views that somebody sees: their own and the shared ones. */
export function listViews({ database }: ConsoleDeps, person: string, page = ''): Promise<SavedViewRow[]> {
  return database.query<SavedViewRow>(savedViewsSql, { params: { person, page } });
}

/** Keeps a filter under a name. */
export async function saveView(deps: ConsoleDeps, c: AppContext, body: ViewBody): Promise<SavedViewRow> {
  const row = { ...body, id: randomId(), person: c.get('person').name, at: deps.clock.now() };
  await deps.database.insert('vigilstream.saved_views', [{ ...row, deleted: false }], {
    token: `view-${row.id}`,
  });
  await c.get('audit')('view.save', row.id, body);
  return row;
}

/** @throws Problem 404; 403 for a view of somebody else, unless an admin deletes it. */
export async function deleteView({ database, clock }: ConsoleDeps, c: AppContext, id: string): Promise<void> {
  const [found] = await database.query<SavedViewRow>(savedViewSql, { params: { id } });
  if (!found) throw new Problem(404, 'There is no such view');
  const person = c.get('person');
  if (found.person !== person.name && !includesRole(person.role, 'admin')) {
    throw new Problem(403, 'This view belongs to somebody else');
  }
  const at = Math.max(clock.now(), found.at + 1);
  await database.insert('vigilstream.saved_views', [{ ...found, at, deleted: true }], {
    token: `view-${id}-gone`,
  });
  await c.get('audit')('view.delete', id);
}

/** Saved views: filters that people keep by name. */
export function viewRoutes(deps: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/views',
      id: 'listViews',
      tag: 'Views',
      summary: 'Your saved views, and those that others share',
      query: z.object({ page: z.string().max(40).default('') }),
      response: z.object({ items: z.array(view) }),
      handle: async ({ query }, c) => ({ items: await listViews(deps, c.get('person').name, query.page) }),
    }),
    route({
      method: 'post',
      path: '/views',
      id: 'saveView',
      tag: 'Views',
      summary: 'Keep a filter under a name',
      status: 201,
      body: viewBody,
      response: view,
      handle: ({ body }, c) => saveView(deps, c, body),
    }),
    route({
      method: 'delete',
      path: '/views/{id}',
      id: 'deleteView',
      tag: 'Views',
      summary: 'Delete a view of your own',
      params: z.object({ id: z.string().max(64) }),
      response: z.object({ ok: z.literal(true) }),
      async handle({ params }, c) {
        await deleteView(deps, c, params.id);
        return { ok: true as const };
      },
    }),
  ];
}
