import { z } from 'zod';
import { evidenceSchema, signalStates, transitionRequestSchema } from '../../../schemas/signal.ts';
import {
  signalHistorySql,
  signalSql,
  signalsSql,
  type SignalEventRow,
  type SignalRow,
} from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import { evidenceOf } from '../evidence.ts';
import { Problem } from '../problem.ts';
import { cursorField, decodeCursor, encodeCursor, listOf, manyOf, pageSize } from './fields.ts';
import { route, type Route } from './route.ts';

const time = z.number().meta({ description: 'ms since 1970 UTC' });
const signalId = z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits');

const signal = z.object({
  signalId: z.string(),
  state: z.string(),
  outcome: z.string(),
  duplicateOf: z.string(),
  person: z.string(),
  reason: z.string(),
  sequence: z.number().meta({ description: 'number of the last step; send it back with a transition' }),
  detectedAt: time,
  stateAt: time,
  evidenceAt: time,
  evidence: evidenceSchema.nullable(),
  criteria: z.string(),
  run: z.string(),
  level: z.string(),
  productId: z.string(),
  product: z.string(),
  conceptId: z.string(),
  concept: z.string(),
  classId: z.string(),
  class: z.string(),
});
const step = z.object({
  sequence: z.number(),
  at: time,
  kind: z.string(),
  fromState: z.string(),
  toState: z.string(),
  outcome: z.string(),
  person: z.string(),
  reason: z.string(),
  duplicateOf: z.string(),
  criteria: z.string(),
  evidence: evidenceSchema.nullable(),
});

const shown = (row: SignalRow) => ({ ...row, evidence: evidenceOf(row.evidence) });
const place = z.tuple([z.number(), z.string(), z.number()]);
const endOfTime = 9_000_000_000_000;

/** Signals, their history, and the steps that people take with them. */
export function signalRoutes(deps: ConsoleDeps): Route[] {
  const { database } = deps;

  async function one(id: string): Promise<SignalRow> {
    const [found] = await database.query<SignalRow>(signalSql, { params: { signal: id } });
    if (!found) throw new Problem(404, 'There is no such signal');
    return found;
  }

  return [
    route({
      method: 'get',
      path: '/signals',
      id: 'listSignals',
      tag: 'Signals',
      summary: 'Signals in their newest state, the newest change first',
      query: z.object({
        run: z.string().max(100).default('live'),
        state: manyOf(z.enum(signalStates)).default([]),
        product: manyOf(z.string().max(200)).default([]),
        concept: manyOf(z.string().max(200)).default([]),
        limit: pageSize(500, 100),
        cursor: cursorField,
      }),
      response: listOf(signal),
      async handle({ query }) {
        const { limit, cursor, ...filter } = query;
        const [before, lastId, seen] =
          cursor === undefined ? [endOfTime, '', 0] : decodeCursor(place, filter, cursor);
        const rows = await database.query<SignalRow>(signalsSql, {
          params: {
            run: filter.run,
            states: filter.state,
            products: filter.product,
            concepts: filter.concept,
            // Many signals change in the same millisecond, that of a scan: those that were shown are left out.
            before: cursor === undefined ? before : before + 1,
            limit: limit + 1 + seen,
          },
        });
        const fresh = rows.filter((row) => row.stateAt !== before || row.signalId > lastId);
        const items = fresh.slice(0, limit);
        const last = items.at(-1);
        const shownThen = items.filter(({ stateAt }) => stateAt === last?.stateAt).length;
        const next =
          last && fresh.length > limit
            ? encodeCursor(filter, [
                last.stateAt,
                last.signalId,
                shownThen + (last.stateAt === before ? seen : 0),
              ])
            : null;
        return { items: items.map(shown), next };
      },
    }),
    route({
      method: 'get',
      path: '/signals/{id}',
      id: 'getSignal',
      tag: 'Signals',
      summary: 'One signal with its history',
      params: z.object({ id: signalId }),
      response: z.object({ signal, history: z.array(step) }),
      async handle({ params }) {
        const [found, steps] = await Promise.all([
          one(params.id),
          database.query<SignalEventRow>(signalHistorySql, { params: { signal: params.id } }),
        ]);
        const history = steps.map((row) => ({ ...row, evidence: evidenceOf(row.evidence) }));
        return { signal: shown(found), history };
      },
    }),
    route({
      method: 'post',
      path: '/signals/{id}/transitions',
      id: 'moveSignal',
      tag: 'Signals',
      summary: 'Take a signal one step further, with a reason',
      description:
        'A machine only detects: a token cannot do this. The step is appended to the history and to the audit trail.',
      role: 'analyst',
      status: 201,
      params: z.object({ id: signalId }),
      body: transitionRequestSchema.omit({ signalId: true }),
      response: signal,
      async handle({ params, body }, c) {
        const person = c.get('person');
        if (person.via === 'token') {
          throw new Problem(403, 'A machine only detects', { detail: 'A person has to take this step.' });
        }
        const outcome = await deps.transition({ ...body, signalId: params.id }, person.name);
        if (!outcome.ok) {
          const status =
            outcome.why === 'unknown-signal' ? 404 : outcome.why === 'changed-meanwhile' ? 409 : 422;
          throw new Problem(status, 'The signal stays as it was', {
            detail: outcome.message,
            code: outcome.why,
          });
        }
        await c.get('audit')('signal.transition', params.id, { ...body, sequence: outcome.sequence });
        return shown(await one(params.id));
      },
    }),
  ];
}
