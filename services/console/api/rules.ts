import { z } from 'zod';
import { dryRunSchema, ruleSchema } from '../../../schemas/alerting.ts';
import type { ConsoleDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { fromMoment, toMoment } from './fields.ts';
import { route, type Route } from './route.ts';

const time = z.number().meta({ description: 'ms since 1970 UTC' });
const slugParam = z.string().max(60);
const dayMs = 86_400_000;

const storedRule = z.object({ rule: ruleSchema, version: z.number(), person: z.string(), at: time });
const oldRule = storedRule.extend({
  rule: ruleSchema.nullable().meta({ description: 'null: it was deleted' }),
});
const done = z.object({ ok: z.literal(true) });

/** Rules, as they are in force and as they were. */
export function ruleRoutes({ desk, clock }: ConsoleDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/rules',
      id: 'listRules',
      tag: 'Alerts',
      summary: 'The rules in force; version 0 is the configuration',
      response: z.object({ items: z.array(storedRule) }),
      handle: async () => ({ items: await (await desk()).rules() }),
    }),
    route({
      method: 'get',
      path: '/rules/{id}/history',
      id: 'getRuleHistory',
      tag: 'Alerts',
      summary: 'Every saved version of a rule, newest first',
      params: z.object({ id: slugParam }),
      response: z.object({ items: z.array(oldRule) }),
      handle: async ({ params }) => ({ items: await (await desk()).history(params.id) }),
    }),
    route({
      method: 'put',
      path: '/rules/{id}',
      id: 'saveRule',
      tag: 'Alerts',
      summary: 'Save a rule as a new version',
      role: 'analyst',
      params: z.object({ id: slugParam }),
      body: z.looseObject({}).meta({ description: 'a rule; see the schema of the answer' }),
      response: ruleSchema,
      async handle({ params, body }, c) {
        const saved = await (await desk()).save({ ...body, id: params.id }, c.get('person').name);
        if (!saved.ok) throw new Problem(422, 'This is not a rule', { detail: saved.problem });
        await c.get('audit')('rule.save', params.id, { rule: saved.rule });
        return saved.rule;
      },
    }),
    route({
      method: 'delete',
      path: '/rules/{id}',
      id: 'deleteRule',
      tag: 'Alerts',
      summary: 'Take a rule out of force; its history stays',
      role: 'analyst',
      params: z.object({ id: slugParam }),
      response: done,
      async handle({ params }, c) {
        const removed = await (await desk()).remove(params.id, c.get('person').name);
        if (!removed.ok) throw new Problem(404, removed.problem);
        await c.get('audit')('rule.delete', params.id);
        return { ok: true as const };
      },
    }),
    route({
      method: 'post',
      path: '/rules/dry-run',
      id: 'tryRule',
      tag: 'Alerts',
      summary: 'How often a rule would have fired',
      description: 'Over the last 90 days, or the time that is given. Nothing is stored or sent.',
      role: 'analyst',
      query: z.object({ from: fromMoment.optional(), to: toMoment.optional() }),
      body: z.looseObject({}).meta({ description: 'a rule' }),
      response: dryRunSchema,
      async handle({ query, body }) {
        const to = query.to ?? clock.now();
        const from = query.from ?? to - 90 * dayMs;
        const checked = (await desk()).check(body);
        if (!checked.ok) throw new Problem(422, 'This is not a rule', { detail: checked.problem });
        try {
          return await (await desk()).dryRun(checked.rule, from, to);
        } catch (error) {
          if (error instanceof RangeError)
            throw new Problem(422, 'This rule cannot be tried', { detail: error.message });
          throw error;
        }
      },
    }),
  ];
}
