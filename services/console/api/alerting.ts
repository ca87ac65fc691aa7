import { z } from 'zod';
import { deliverySchema, silenceRequestSchema, silenceSchema } from '../../../schemas/alerting.ts';
import type { ConsoleDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { cursorField, decodeCursor, encodeCursor, listOf, pageSize } from './fields.ts';
import { route, type Route } from './route.ts';
import { ruleRoutes } from './rules.ts';

const time = z.number().meta({ description: 'ms since 1970 UTC' });
const slugParam = z.string().max(60);
const done = z.object({ ok: z.literal(true) });

const alert = z.object({
  id: z.string(),
  rule: z.string(),
  ruleVersion: z.number(),
  kind: z.string(),
  severity: z.string(),
  title: z.string(),
  summary: z.string(),
  productId: z.string(),
  product: z.string(),
  conceptId: z.string(),
  concept: z.string(),
  classId: z.string(),
  class: z.string(),
  source: z.string(),
  signalId: z.string(),
  people: z.number(),
  posts: z.number(),
  statistic: z.string(),
  value: z.number().nullable(),
  from: time,
  to: time,
  examples: z.array(z.string()).meta({ description: 'ids of posts' }),
  channels: z.array(z.string()),
  includeText: z.boolean(),
  at: time,
  sendAt: time,
});
const attempt = z.object({
  channel: z.string(),
  attempt: z.number(),
  at: time,
  outcome: z.string(),
  reason: z.string(),
  status: z.number(),
  nextAt: time,
  person: z.string(),
  milliseconds: z.number(),
});
const place = z.tuple([z.number(), z.string(), z.number()]);
const endOfTime = 9_000_000_000_000;

/** Alerts and what became of them. */
function deliveryRoutes({ desk }: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/alerts',
      id: 'listAlerts',
      tag: 'Alerts',
      summary: 'Alerts, newest first',
      query: z.object({
        rule: z.string().max(60).default(''),
        limit: pageSize(500, 100),
        cursor: cursorField,
      }),
      response: listOf(alert),
      async handle({ query }) {
        const { rule, limit, cursor } = query;
        const [before, lastId, seen] =
          cursor === undefined ? [endOfTime, '', 0] : decodeCursor(place, { rule }, cursor);
        const rows = await (await desk()).alerts({ rule, before, limit: limit + 1 + seen });
        const fresh = rows.filter(({ at, id }) => at !== before || id > lastId);
        const items = fresh.slice(0, limit);
        const last = items.at(-1);
        const then = items.filter(({ at }) => at === last?.at).length + (last?.at === before ? seen : 0);
        const next = last && fresh.length > limit ? encodeCursor({ rule }, [last.at, last.id, then]) : null;
        return {
          items: items.map((row) => ({ ...row, examples: [...row.examples], channels: [...row.channels] })),
          next,
        };
      },
    }),
    route({
      method: 'get',
      path: '/alerts/{id}',
      id: 'getAlert',
      tag: 'Alerts',
      summary: 'One alert with every attempt to deliver it',
      params: z.object({ id: z.string().max(100) }),
      response: z.object({ alert, deliveries: z.array(deliverySchema), attempts: z.array(attempt) }),
      async handle({ params }) {
        const opened = await desk();
        const found = await opened.alert(params.id);
        if (!found) throw new Problem(404, 'There is no such alert');
        const [deliveries, attempts] = await Promise.all([
          opened.deliveries([params.id]),
          opened.attempts(params.id),
        ]);
        return {
          alert: { ...found, examples: [...found.examples], channels: [...found.channels] },
          deliveries,
          attempts,
        };
      },
    }),
    route({
      method: 'post',
      path: '/alerts/{id}/resend',
      id: 'resendAlert',
      tag: 'Alerts',
      summary: 'Send an alert again on a channel, under the same id',
      role: 'analyst',
      status: 202,
      params: z.object({ id: z.string().max(100) }),
      body: z.strictObject({ channel: slugParam }),
      response: done,
      async handle({ params, body }, c) {
        const sent = await (await desk()).resend(params.id, body.channel, c.get('person').name);
        if (!sent.ok) throw new Problem(422, 'It is not sent again', { detail: sent.problem });
        await c.get('audit')('delivery.resend', params.id, body);
        return { ok: true as const };
      },
    }),
    route({
      method: 'get',
      path: '/channels',
      id: 'listChannels',
      tag: 'Alerts',
      summary: 'The channels of the configuration, and whether each is on',
      response: z.object({
        items: z.array(
          z.object({
            name: z.string(),
            driver: z.string(),
            enabled: z.boolean(),
            by: z.string().nullable(),
            at: time.nullable(),
          }),
        ),
      }),
      handle: async () => ({ items: await (await desk()).channels() }),
    }),
    route({
      method: 'put',
      path: '/channels/{name}',
      id: 'switchChannel',
      tag: 'Alerts',
      summary: 'Turn a channel off or on; what waits for it is kept',
      role: 'analyst',
      params: z.object({ name: slugParam }),
      body: z.strictObject({ enabled: z.boolean() }),
      response: done,
      async handle({ params, body }, c) {
        const switched = await (await desk()).switchChannel(params.name, body.enabled, c.get('person').name);
        if (!switched.ok) throw new Problem(404, switched.problem);
        await c.get('audit')('channel.enable', params.name, body);
        return { ok: true as const };
      },
    }),
  ];
}

/** Silences: alerts that are shown but not sent, for a while. */
function silenceRoutes({ desk }: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/silences',
      id: 'listSilences',
      tag: 'Alerts',
      summary: 'Silences that have not ended',
      response: z.object({ items: z.array(silenceSchema) }),
      handle: async () => ({ items: await (await desk()).silences() }),
    }),
    route({
      method: 'post',
      path: '/silences',
      id: 'addSilence',
      tag: 'Alerts',
      summary: 'Show but do not send alerts for a while',
      role: 'analyst',
      status: 201,
      body: silenceRequestSchema,
      response: silenceSchema,
      async handle({ body }, c) {
        const added = await (await desk()).silence(body, c.get('person').name);
        if (!added.ok) throw new Problem(422, 'This is not a silence', { detail: added.problem });
        await c.get('audit')('silence.add', added.silence.id, added.silence);
        return added.silence;
      },
    }),
    route({
      method: 'delete',
      path: '/silences/{id}',
      id: 'endSilence',
      tag: 'Alerts',
      summary: 'End a silence now',
      role: 'analyst',
      params: z.object({ id: z.string().max(64) }),
      response: done,
      async handle({ params }, c) {
        const ended = await (await desk()).endSilence(params.id, c.get('person').name);
        if (!ended.ok) throw new Problem(404, ended.problem);
        await c.get('audit')('silence.end', params.id);
        return { ok: true as const };
      },
    }),
  ];
}

/** Rules, alerts, deliveries, channels and silences. */
export function alertingRoutes(deps: ConsoleDeps): Route[] {
  return [...ruleRoutes(deps), ...deliveryRoutes(deps), ...silenceRoutes(deps)];
}
