import { z } from 'zod';
import type { ConsoleDeps } from '../deps.ts';
import { roles } from '../env.ts';
import { route, type Route } from './route.ts';

/** The effective configuration, and who is asking. */
export function settingsRoutes(deps: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/settings',
      id: 'getSettings',
      tag: 'Console',
      summary: 'The effective configuration; secrets are ***',
      response: z.object({ version: z.string(), settings: z.record(z.string(), z.unknown()) }),
      handle: () => ({ version: deps.version, settings: { ...deps.settings } }),
    }),
    route({
      method: 'get',
      path: '/me',
      id: 'getPerson',
      tag: 'Console',
      summary: 'Who this request comes from, and what that person may do',
      response: z.object({ name: z.string(), role: z.enum(roles), via: z.string() }),
      handle: (_input, c) => ({ ...c.get('person') }),
    }),
  ];
}
