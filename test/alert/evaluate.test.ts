import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ruleSchema } from '../../schemas/alerting.ts';
import { createTold, fire, sweep } from '../../services/alert/evaluate.ts';
import { gateRecall, stabilityIndex } from '../../services/alert/rules/pipeline.ts';
import {
  grouped,
  noSubject,
  preparedInSteps,
  mostThings,
  within,
  type Measured,
} from '../../services/alert/rules/group.ts';
import { prepareRule } from '../../services/alert/rules/index.ts';
import type { Database } from '../../services/store/database.ts';
import { evidenceOf } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;

type Thing = { readonly at: number; readonly group: string; readonly item: string; readonly person: string };

const ruleOf = (lookBackHours: number, coolDownHours: number) =>
  ruleSchema.parse({
    kind: 'serious',
    id: 'test',
    title: 'Test',
    lookBack: `${lookBackHours}h`,
    coolDown: `${coolDownHours}h`,
  });

function groupsOf(things: readonly Thing[], lookBackMs: number, minPeople: number) {
  return grouped(
    things,
    ({ group }) => group,
    (list, times, now): Measured | undefined => {
      const seen = within(list, times, now - lookBackMs, now);
      const people = new Set(seen.map(({ person }) => person)).size;
      if (people < minPeople) return undefined;
      const items = seen.map(({ item }) => item);
      const counted = { people, posts: seen.length, statistic: 'people', value: people };
      return { subject: noSubject, ...counted, from: 0, to: now, examples: [], items, summary: '' };
    },
  );
}

const things = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 72 * 60 }),
      group: fc.constantFrom('a', 'b'),
      person: fc.constantFrom('x', 'y', 'z'),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.map((one, n): Thing => ({ ...one, at: one.at * minute, item: `i${n}` })));

const parameters = fc
  .tuple(
    things,
    fc.integer({ min: 1, max: 24 }),
    fc.integer({ min: 1, max: 24 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([list, a, b, people]) => ({ list, lookBack: Math.max(a, b), coolDown: Math.min(a, b), people }));

test('the dry run fires exactly when looking at every step does', () => {
  fc.assert(
    fc.property(parameters, ({ list, lookBack, coolDown, people }) => {
      const rule = ruleOf(lookBack, coolDown);
      const groups = groupsOf(list, lookBack * hour, people);
      const step = 10 * minute;
      const to = 100 * hour;
      const looked: string[] = [];
      for (const [key, group] of groups) {
        const told = createTold();
        for (let now = 0; now <= to; now += step) {
          const firing = fire(rule, key, group, told, now);
          if (!firing) continue;
          told.add(key, now, firing.fresh);
          looked.push(`${key} ${now} ${firing.fresh.join()}`);
        }
      }
      const swept = sweep(rule, groups, 0, to, step).map(
        ({ group, at, fresh }) => `${group} ${at} ${fresh.join()}`,
      );
      expect(swept.sort()).toEqual(looked.sort());
    }),
    { numRuns: 300 },
  );
});

test('a group is quiet for its cool-down, nothing is told twice, and nothing in it is forgotten', () => {
  fc.assert(
    fc.property(parameters, ({ list, lookBack, coolDown }) => {
      const rule = ruleOf(lookBack, coolDown);
      const firings = sweep(rule, groupsOf(list, lookBack * hour, 1), 0, 200 * hour, minute);
      for (const key of ['a', 'b']) {
        const own = firings.filter(({ group }) => group === key);
        own
          .slice(1)
          .forEach(({ at }, n) => expect(at - (own[n]?.at ?? 0)).toBeGreaterThanOrEqual(coolDown * hour));
        const told = own.flatMap(({ fresh }) => fresh);
        expect(new Set(told).size).toBe(told.length);
        const there = list.filter(({ group }) => group === key).map(({ item }) => item);
        expect(told.sort()).toEqual(there.sort());
      }
    }),
    { numRuns: 300 },
  );
});

test('what happens later changes nothing about what was told before', () => {
  fc.assert(
    fc.property(
      parameters,
      fc.integer({ min: 1, max: 72 }),
      ({ list, lookBack, coolDown, people }, until) => {
        const rule = ruleOf(lookBack, coolDown);
        const end = until * hour;
        const all = sweep(rule, groupsOf(list, lookBack * hour, people), 0, 100 * hour, minute);
        const known = list.filter(({ at }) => at <= end);
        const early = sweep(rule, groupsOf(known, lookBack * hour, people), 0, end, minute);
        const times = (firings: typeof all) => firings.map(({ group, at }) => `${group} ${at}`);
        expect(times(all.filter(({ at }) => at <= end))).toEqual(times(early));
      },
    ),
    { numRuns: 200 },
  );
});

test('a condition without things of its own is repeated after every cool-down while it lasts', () => {
  const rule = ruleSchema.parse({
    kind: 'pipeline',
    id: 'lag',
    title: 'Lag',
    watch: 'lag',
    limit: 10,
    coolDown: '2h',
  });
  const list = Array.from({ length: 10 }, (_, n) => ({ at: n * hour }));
  const groups = grouped(
    list,
    () => 'lag',
    (): Measured => ({
      subject: noSubject,
      people: 0,
      posts: 0,
      statistic: 'records',
      value: 20,
      from: 0,
      to: 0,
      examples: [],
      items: [],
      summary: '',
    }),
  );
  expect(sweep(rule, groups, 0, 9 * hour, minute).map(({ at }) => at / hour)).toEqual([0, 2, 4, 6, 8]);
});

test('a signal rule by source counts each evidence once an hour, the newest first, and none that was told of', async () => {
  const rule = ruleSchema.parse({ kind: 'signal', id: 'r', title: 'R', sources: ['forum'], lookBack: '7d' });
  const now = 7 * 24 * hour;
  const evidence = JSON.stringify(evidenceOf(9));
  const pair = {
    level: 'term',
    product: 'p',
    conceptId: 'c',
    concept: 'c',
    classId: '',
    class: '',
    evidence,
  };
  const rows = Array.from({ length: 301 }, (_, n) => ({
    ...pair,
    at: now - 301 + n,
    signalId: `s${n}`,
    productId: `P${n}`,
  }));
  let counted: unknown[] = [];
  const query = (sql: string, { params }: { params?: Record<string, unknown> } = {}) => {
    if (sql.includes('signal_events')) return Promise.resolve(rows);
    counted.push(params?.['product']);
    return Promise.resolve([{ people: 9, posts: 9 }]);
  };
  const database = { query } as Pick<Database, 'query'>;
  const watched = { events: [], words: '' };
  const posts = { death: watched, overdose: watched, 'pregnancy-exposure': watched };
  const deps = { database, watchList: { serious: watched, posts }, sources: [] };
  const scope = { products: [], terms: [], classes: [], sources: ['forum'], languages: [] };
  const prepared = prepareRule(rule, scope, deps);
  const look = async (...args: Parameters<typeof prepared.look>) => {
    counted = [];
    const { groups, incomplete } = await prepared.look(...args);
    return { groups: groups.size, newest: groups.has('P300 term c'), asked: counted.length, incomplete };
  };
  expect(await look(now)).toEqual({ groups: 300, newest: true, asked: 300, incomplete: true });
  expect(await look(now)).toEqual({ groups: 301, newest: true, asked: 1, incomplete: false });
  expect(await look(now)).toEqual({ groups: 301, newest: true, asked: 0, incomplete: false });
  expect(await look(now + hour)).toEqual({ groups: 301, newest: true, asked: 300, incomplete: false });

  const told = createTold();
  for (const n of [0, 1]) told.add(`P${n} term c`, now, [`s${n}`]);
  const again = prepareRule(rule, scope, deps);
  counted = [];
  expect(await again.look(now, told)).toMatchObject({ incomplete: false });
  expect(counted).toEqual(Array.from({ length: 299 }, (_, n) => `P${300 - n}`));
});

test('a rule that is looked at in steps says so for as long as things that it could not see may count', async () => {
  let many = true;
  const list = (count: number, at: number) =>
    Array.from({ length: count }, (_, n) => ({ at, name: `${at} ${n}` }));
  const prepared = preparedInSteps(
    24 * hour,
    (_from, to) => Promise.resolve(list(many ? mostThings : 1, to)),
    ({ name }) => name,
    () => new Map(),
  );
  const now = 100 * hour;
  const incomplete = async (time: number) => (await prepared.look(time)).incomplete;
  expect(await incomplete(now)).toBe(true);
  many = false;
  expect(await incomplete(now + minute)).toBe(true);
  expect(await incomplete(now + hour)).toBe(false);
});

test('recall of the gate: the random slice stands for all that was refused', () => {
  // 100 refused of which every tenth was looked at: one miss among them stands for ten.
  expect(gateRecall([{ found: 90, refused: 900, sampled: 100, missed: 1 }])).toEqual({
    recall: 0.9,
    sampled: 100,
  });
  expect(gateRecall([{ found: 90, refused: 900, sampled: 10, missed: 1 }])).toBeUndefined();
});

test('stability index: nothing for the same spread at any size, more the further apart', () => {
  const even = Array<number>(10).fill(100_000);
  expect(
    stabilityIndex(
      even,
      even.map((n) => n * 7),
    ),
  ).toBeCloseTo(0, 6);
  // Two steps, 50:50 against 90:10: 0.4 ln(0.9/0.5) + (-0.4) ln(0.1/0.5) = 0.8789.
  expect(stabilityIndex([900_000, 100_000], [500_000, 500_000])).toBeCloseTo(0.8789, 3);
});
