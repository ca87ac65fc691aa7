import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assessmentQuerySchema, assessmentSchema } from '../../schemas/signal.ts';
import { assess } from '../../services/signal/assess.ts';
import { dateOf, dayOf } from '../../services/signal/days.ts';
import type { Database } from '../../services/store/database.ts';
import { refreshSuperseded } from '../../services/store/queries/mentions.ts';
import { openWorld } from '../store/world.ts';
import { burst, classOf, dayMs, murmur, tell, type Told } from './told.ts';

const start = Date.UTC(2026, 0, 5);
const days = 60;
const end = start + days * dayMs - 1000;
const told = [...murmur(start, days), ...burst(end, 24, 20, { product: 'd', reaction: 'skin-itch' })];
const copies = burst(end, 9, 9, { product: 'd', reaction: 'skin-itch', text: 'the same' }, 2_000_000);

let database: Database;
beforeAll(async () => {
  database = await openWorld();
  await tell(database, [...told, ...copies]);
  await refreshSuperseded(database);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const groups: Readonly<Record<string, readonly string[]>> = { d: ['a', 'b', 'd'] };
const groupOf = (product: string) => groups[product] ?? [];
const first = dayOf(start) + 30;
const query = {
  productId: 'd',
  conceptId: 'skin-itch',
  from: dateOf(first),
  to: dateOf(dayOf(end)),
};
const asked = (more: object = {}) =>
  assess(assessmentQuerySchema.parse({ ...query, ...more }), { database, groupOf });

/** The table by hand: one of the copies counts, for whoever wrote it first. */
function tableBy(
  own: (told: Told) => boolean,
  from = first,
  to = dayOf(end),
  reaction = (one: Told) => one.reaction === 'skin-itch',
) {
  const [original] = [...copies].sort((x, y) => x.at - y.at);
  const within = [...told, ...(original ? [original] : [])].filter(
    (one) => own(one) && dayOf(one.at) >= from && dayOf(one.at) <= to,
  );
  const people = (of: (told: Told) => boolean) => new Set(within.filter(of).map(({ author }) => author)).size;
  const a = people((one) => one.product === 'd' && reaction(one));
  const b = people((one) => one.product === 'd') - a;
  const c = people(reaction) - a;
  return { a, b, c, d: people(() => true) - a - b - c };
}

describe('the assessment of a pair', () => {
  test('has the table counted by hand, and the statistics of that table', async () => {
    const answer = assessmentSchema.parse(await asked());
    const { a, b, c, d } = tableBy(() => true);
    expect(answer.table).toEqual({ a, b, c, d });
    expect(answer.measures.prr.value).toBeCloseTo(a / (a + b) / (c / (c + d)), 10);
    expect(answer.measures.ror.value).toBeCloseTo((a * d) / (b * c), 10);
    expect(answer.measures.expected).toBeCloseTo(((a + b) * (a + c)) / (a + b + c + d), 10);
    expect(answer.presets.map(({ id }) => id)).toEqual(['evans@1', 'ema@1', 'ror@1', 'mhra@1', 'umc@1']);
    expect(answer.presets.find(({ id }) => id === 'evans@1')).toMatchObject({
      fired: true,
      why: expect.stringContaining(`${a} people`),
    });
    expect(answer.compared).toBe('all other products');
  });

  test('can be made with the products of the same group', async () => {
    const answer = await asked({ comparator: 'class' });
    expect(answer.table).toEqual(tableBy(({ product }) => groupOf('d').includes(product)));
    expect(answer.compared).toBe('the 2 other products of its group');
  });

  test('says so where the product has no group', async () => {
    const answer = await asked({ comparator: 'class', productId: 'e' });
    expect(answer.compared).toBe('all other products, since it belongs to no group');
  });

  test('can be made with the same product before', async () => {
    const answer = await asked({ comparator: 'period-before' });
    const now = tableBy(({ product }) => product === 'd');
    const before = tableBy(({ product }) => product === 'd', first - 30, first - 1);
    expect(answer.table).toEqual({ a: now.a, b: now.b, c: before.a, d: before.b });
    expect(answer.measures.ebgm).toBe(null);
  });

  test('counts a class with all its reactions', async () => {
    const answer = await asked({ level: 'class', conceptId: 'skin' });
    expect(answer.table).toEqual(
      tableBy(
        () => true,
        first,
        dayOf(end),
        ({ reaction }) => classOf(reaction) === 'skin',
      ),
    );
  });

  test('by month, the strata are the months, and the ratios are those of Mantel and Haenszel', async () => {
    const answer = assessmentSchema.parse(await asked({ by: 'month', from: dateOf(dayOf(start)) }));
    expect(answer.strata.map(({ stratum }) => stratum)).toEqual(['2026-01-01', '2026-02-01', '2026-03-01']);
    const [top, bottom] = answer.strata.reduce(
      ([x, y], { table: { a, b, c, d } }) => {
        const n = a + b + c + d;
        return [x + (a * d) / n, y + (b * c) / n];
      },
      [0, 0],
    );
    expect(answer.stratified?.ror.value).toBeCloseTo(top / bottom, 10);
  });

  test('with copies counts everybody who passed it on', async () => {
    const [plain, whole] = [await asked(), await asked({ withDuplicates: true })];
    expect(whole.table.a - plain.table.a).toBeGreaterThanOrEqual(0);
    expect(whole.table.a).toBe(
      new Set(
        [...told, ...copies]
          .filter((one) => one.product === 'd' && one.reaction === 'skin-itch' && dayOf(one.at) >= first)
          .map(({ author }) => author),
      ).size,
    );
  });

  test('of a pair that nobody speaks of is empty and not an error', async () => {
    const answer = assessmentSchema.parse(await asked({ conceptId: "'; DROP TABLE mentions --" }));
    expect(answer.table.a).toBe(0);
    expect(answer.presets.every(({ fired }) => !fired)).toBe(true);
  });

  test.each([
    { from: '2026-02-30' },
    { from: '2026-05-01', to: '2026-04-01' },
    { comparator: 'some' },
    { by: 'weather' },
    { productId: '' },
    { surplus: 1 },
  ])('%o is not a question', (wrong) => {
    expect(assessmentQuerySchema.safeParse({ ...query, ...wrong }).success).toBe(false);
  });
});
