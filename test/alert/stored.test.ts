import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ruleSchema, type Rule } from '../../schemas/alerting.ts';
import { createTold, fire, sweep } from '../../services/alert/evaluate.ts';
import { prepareRule } from '../../services/alert/rules/index.ts';
import { loadWatchList } from '../../services/alert/watch-list.ts';
import type { Database } from '../../services/store/database.ts';
import {
  deadLetterRatesSql,
  kindPostsSql,
  samplesSql,
  seriousMentionsSql,
  signalEvidenceSql,
} from '../../services/store/queries/alert-events.ts';
import { openWorld } from '../store/world.ts';
import { addPosts, addSignal, day, evidenceOf, hour, testNames } from './world.ts';

const names = testNames();
let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of [
    'signal_events',
    'posts',
    'analyses',
    'mentions',
    'dead_letters',
    'pipeline_samples',
  ]) {
    await database.command(`TRUNCATE TABLE vigilstream.${table}`);
  }
});

// Near to now: dead letters and samples are not kept for ever.
const base = Math.floor(Date.now() / hour) * hour;
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
async function preparedOf(value: object, now = base, sources: string[] = []) {
  const rule: Rule = ruleSchema.parse({ id: 'r', title: 'R', ...value });
  const list = await names;
  const resolved = list.resolve(rule);
  if (!resolved.ok) throw new Error(resolved.problem);
  const deps = { database, watchList: await loadWatchList(list), sources, startedAt: now - 3 * hour };
  return { rule, prepared: prepareRule(rule, resolved.scope, deps) };
}
async function firingsOf(value: object, now = base, sources: string[] = [], told = createTold()) {
  const { rule, prepared } = await preparedOf(value, now, sources);
  const { groups } = await prepared.look(now, told);
  return [...groups].flatMap(([key, group]) => fire(rule, key, group, told, now) ?? []);
}
const measuredOf = async (value: object, now?: number, sources?: string[]) =>
  (await firingsOf(value, now, sources)).map(({ measured }) => measured);

test('a signal rule is limited by each of its keys', async () => {
  const cases: [string, object, number][] = [
    ['everything', {}, 3],
    ['a product by its brand', { products: ['zoloft'] }, 1],
    ['a group of products', { productClasses: ['antidepressant'] }, 2],
    ['a term', { terms: ['Dizziness'] }, 1],
    ['an organ class', { classes: ['Skin'] }, 1],
    ['a preset', { preset: 'ema' }, 2],
    ['a preset with its version', { preset: 'ema@2' }, 0],
    ['the lower limit of a statistic', { statistic: 'ror', atLeast: 2 }, 1],
    ['the value of a statistic', { statistic: 'ror', bound: 'value', atLeast: 2 }, 3],
    ['a change that is sure', { statistic: 'change-q', atLeast: 0.005 }, 1],
    ['people', { minPeople: 10 }, 1],
    ['all of them as one', { groupBy: 'rule' }, 1],
    ['a look-back that is over', { lookBack: '30m', coolDown: '30m' }, 0],
  ];
  const sure = { value: 5, lower: 2.5, upper: 9 };
  const change = { days: 7, people: 4, expected: 1, p: 0.0001, q: 0.001, pairs: 500 };
  await addSignal(database, '00000000000000aa', base - hour, evidenceOf(20, { ror: sure }), {
    productId: 'VP0001',
  });
  await addSignal(database, '00000000000000bb', base - hour, evidenceOf(4, { presets: [], change }), {
    productId: 'VP0002',
    conceptId: 'VS0058',
  });
  await addSignal(database, '00000000000000cc', base - hour, evidenceOf(5), {
    productId: 'VP1500',
    conceptId: 'VS0363',
    classId: 'skin',
  });
  for (const [what, values, expected] of cases) {
    const found = await firingsOf({ kind: 'signal', ...values });
    expect([what, found.length]).toEqual([what, expected]);
  }
});

test('an alert on several signals is about the newest that nobody was told of', async () => {
  const rule = { kind: 'signal', groupBy: 'product', lookBack: '7d' };
  const [older, newer] = ['00000000000000aa', '00000000000000bb'];
  await addSignal(database, older, base - 2 * day, evidenceOf(40));
  await addSignal(database, newer, base - hour, evidenceOf(6), { conceptId: 'VS0058' });
  await addSignal(database, older, base - hour / 2, evidenceOf(50));
  const about = { subject: { signalId: newer, conceptId: 'VS0058' }, people: 6 };
  expect(await measuredOf(rule)).toMatchObject([
    { ...about, items: [older, newer], summary: expect.stringMatching(/; and 1 more signal$/) },
  ]);
  const told = createTold();
  told.add('VP0001', base - 2 * day, [older]);
  const firings = await firingsOf(rule, base, [], told);
  expect(firings).toMatchObject([{ fresh: [newer], measured: about }]);
  expect(firings[0]?.measured.summary).not.toContain('more signal');

  const { rule: parsed, prepared } = await preparedOf(rule);
  const { groups } = await prepared.load(base - 7 * day, base);
  const swept = sweep(parsed, groups, base - 7 * day, base, 60_000);
  expect(swept.map(({ measured }) => measured.subject.signalId)).toEqual([older, newer]);
  for (const { measured } of swept) expect(measured.summary).not.toContain('more signal');
});

test('looking again and again finds what looking once at the whole finds', async () => {
  const rule = ruleSchema.parse({
    kind: 'serious',
    id: 'r',
    title: 'R',
    groupBy: 'rule',
    minPeople: 1,
    lookBack: '2h',
    coolDown: '1h',
  });
  const list = await names;
  const deps = { database, watchList: await loadWatchList(list), sources: [] };
  const scope = list.resolve(rule);
  if (!scope.ok) throw new Error(scope.problem);
  const again = prepareRule(rule, scope.scope, deps);
  for (let n = 0; n < 6; n++) {
    const now = base + n * 20 * 60_000;
    // Every second post comes in ten minutes late.
    const at = n % 2 === 0 ? now : now - 600_000;
    await addPosts(database, [{ n, at, author: `q${n}`, text: `day ${n}: a headache, I nearly died` }]);
    const once = prepareRule(rule, scope.scope, deps);
    const [kept, whole] = await Promise.all([again.look(now), once.look(now)]);
    expect(kept.groups.get('')?.measure(now)).toEqual(whole.groups.get('')?.measure(now));
  }
});

test('a signal whose evidence grows over the limit later is told then', async () => {
  const rule = { kind: 'signal', minPeople: 10 };
  await addSignal(database, '00000000000000aa', base - 2 * hour, evidenceOf(4));
  expect(await firingsOf(rule)).toEqual([]);
  await addSignal(database, '00000000000000aa', base - hour, evidenceOf(11));
  expect(await measuredOf(rule)).toMatchObject([{ people: 11, items: ['00000000000000aa'] }]);
});

test('a signal rule by source counts the people of that source', async () => {
  await addPosts(
    database,
    [1, 2, 3].map((n) => ({ n, at: base - day, author: `a${n}` })),
  );
  await addSignal(
    database,
    '00000000000000aa',
    base - hour,
    evidenceOf(20, { from: dateOf(base - 9 * day), to: dateOf(base) }),
    {
      productId: 'v:tablets',
      conceptId: 'v:headache',
    },
  );
  expect(await measuredOf({ kind: 'signal', sources: ['forum'] })).toMatchObject([{ people: 3, posts: 3 }]);
  expect(await firingsOf({ kind: 'signal', sources: ['bluesky'] })).toEqual([]);
  expect(await firingsOf({ kind: 'signal', languages: ['fr'] })).toEqual([]);
});

test('serious reactions count people, each text once, and only effects', async () => {
  const text = (n: number) => `number ${n}: a headache, and they rushed me to the hospital`;
  await addPosts(database, [
    { n: 1, at: base - hour, author: 'x', text: text(1) },
    { n: 2, at: base - hour, author: 'y', text: text(2) },
    { n: 3, at: base - hour, author: 'y', text: text(3) },
    { n: 4, at: base - hour / 2, author: 'z', text: text(3) },
    { n: 5, at: base - hour, author: 'w', text: text(5), effect: 'no' },
    { n: 6, at: base - hour, author: 'v', text: 'a headache, nothing else' },
    { n: 7, at: base - 3 * day, author: 'u', text: text(7) },
  ]);
  expect(await measuredOf({ kind: 'serious' })).toMatchObject([{ people: 2, posts: 3, statistic: 'people' }]);
  expect(await firingsOf({ kind: 'serious', minPeople: 3 })).toEqual([]);
  expect(await firingsOf({ kind: 'serious', by: ['events'] })).toEqual([]);
  expect(await measuredOf({ kind: 'serious', lookBack: '7d', minPeople: 3 })).toMatchObject([{ people: 3 }]);
});

test.each([
  ['death', 'after these my mother died, it began with a headache'],
  ['overdose', 'I overdosed on these and have a headache'],
  ['pregnancy-exposure', "I'm 20 weeks pregnant and took these against a headache"],
])('a single post that may tell of %s', async (of, text) => {
  await addPosts(database, [
    { n: 1, at: base - hour, text },
    { n: 2, at: base - hour, text: 'just a headache from these' },
    { n: 3, at: base - hour, text: `${text} again`, probability: 0.2 },
  ]);
  expect(await measuredOf({ kind: 'post', of })).toMatchObject([
    { people: 1, posts: 1, examples: ['forum:1'] },
  ]);
  expect(await measuredOf({ kind: 'post', of, minProbability: 0 })).toMatchObject([{ posts: 2 }]);
  expect(await firingsOf({ kind: 'post', of, products: ['sertraline'] })).toEqual([]);
});

test('a source that is silent, one that was never heard, and one that speaks', async () => {
  await addPosts(database, [{ n: 1, at: base - 5 * hour }]);
  const rule = { kind: 'pipeline', watch: 'source-silent', limit: 60 };
  expect(await firingsOf(rule)).toEqual([]);
  expect(await measuredOf({ ...rule, sources: ['forum'] })).toMatchObject([
    { value: 300, subject: { source: 'forum' } },
  ]);
  const never = await measuredOf(rule, base, ['forum', 'reddit']);
  expect(never.map(({ subject: { source }, value }) => `${source} ${value}`).sort()).toEqual([
    'forum 300',
    'reddit 180',
  ]);
  await addPosts(database, [{ n: 2, at: base - hour / 2 }]);
  expect(await firingsOf(rule, base, ['forum'])).toEqual([]);
});

test('a silence is one and the same for as long as it lasts, and another after a post', async () => {
  const rule = { kind: 'pipeline', watch: 'source-silent', limit: 90, lookBack: '1h' };
  const itemsAt = async (now: number) =>
    (await measuredOf(rule, now, ['forum'])).flatMap(({ items }) => items);
  // Two look-backs are two hours: what was last heard before that is not in them.
  expect(await itemsAt(base)).toEqual(['forum 0']);
  expect(await itemsAt(base + 600_000)).toEqual(['forum 0']);
  await addPosts(database, [{ n: 1, at: base - 5 * hour }]);
  expect(await itemsAt(base)).toEqual([`forum ${base - 5 * hour}`]);
  expect(await itemsAt(base - 3.2 * hour)).toEqual([`forum ${base - 5 * hour}`]);
});

test('a backlog is seen behind a week of samples, and is over with the first sample below the limit', async () => {
  const week = 7 * 1440;
  await database.command(`INSERT INTO vigilstream.pipeline_samples (at, metric, name, value)
      SELECT fromUnixTimestamp64Milli(toInt64(${base - 7 * day} + intDiv(number, 6) * 60000)), 'lag', concat('group ', toString(number % 6)),
        if(intDiv(number, 6) >= ${week - 60}, 1000000, 0)
      FROM numbers(${week * 6})`);
  const rule = { kind: 'pipeline', watch: 'lag', limit: 1000, lookBack: '7d', coolDown: '1h' };
  const { prepared } = await preparedOf(rule);
  expect((await prepared.look(base)).incomplete).toBe(false);
  expect((await measuredOf(rule)).map(({ value }) => value)).toEqual(Array(6).fill(1_000_000));
  const over = { metric: 'lag', name: 'group 0', value: 999, at: base - 30_000 };
  await database.insert('vigilstream.pipeline_samples', [over], { token: 'over' });
  expect(await measuredOf(rule)).toHaveLength(5);
});

test('of more things than are asked for, a rule gets the newest, oldest first', async () => {
  const times = [3, 2, 1].map((hours) => base - hours * hour);
  await addPosts(
    database,
    times.map((at, n) => ({ n, at, author: `p${n}`, text: `case ${n}: a headache, I nearly died` })),
  );
  for (const [n, at] of times.entries()) {
    await addSignal(database, `00000000000000a${n}`, at, evidenceOf(9));
    const sample = { metric: 'lag', name: 'store analyses', value: 9, at };
    await database.insert('vigilstream.pipeline_samples', [sample], { token: `lag ${n}` });
    const origin = {
      stage: 'ingest',
      source: 'forum',
      reason: 'torn',
      origin: 'f',
      bytes: 1,
      log_partition: 0,
    };
    const letter = { ...origin, at: at - 60_000, log_offset: n };
    await database.insert('vigilstream.dead_letters', [letter], { token: `letter ${n}` });
  }
  const any = { products: [], terms: [], classes: [], sources: [], languages: [] };
  const wanted = { events: [], words: '(?i)nearly died', probability: 0, metric: 'lag', least: 1 };
  const params = { ...any, ...wanted, from: base - day, to: base, limit: 2 };
  for (const sql of [signalEvidenceSql, seriousMentionsSql, kindPostsSql, samplesSql, deadLetterRatesSql]) {
    const rows = await database.query<{ at: number }>(sql, { params });
    expect(rows.map(({ at }) => at)).toEqual(times.slice(1));
  }
});

test('lag, dead letters, the gate, and drift', async () => {
  const sample = { metric: 'lag', name: 'store analyses', value: 5000, at: base - 30_000 };
  await database.insert('vigilstream.pipeline_samples', [sample], { token: 'lag' });
  const lag = { kind: 'pipeline', watch: 'lag', lookBack: '5m', coolDown: '1h' };
  expect(await measuredOf({ ...lag, limit: 1000 })).toMatchObject([{ value: 5000 }]);
  expect(await firingsOf({ ...lag, limit: 10_000 })).toEqual([]);

  const letter = {
    stage: 'ingest',
    source: 'forum',
    reason: 'torn',
    origin: 'f',
    bytes: 1,
    detail: '',
    record: '',
    log_partition: 0,
  };
  const letters = Array.from({ length: 30 }, (_, n) => ({ ...letter, at: base - hour + n, log_offset: n }));
  await database.insert('vigilstream.dead_letters', letters, { token: 'dead' });
  expect(await measuredOf({ kind: 'pipeline', watch: 'dead-letters', limit: 30 })).toMatchObject([
    { value: 30 },
  ]);
  expect(await firingsOf({ kind: 'pipeline', watch: 'dead-letters', limit: 31 })).toEqual([]);

  const analyses = (count: number, from: number, values: string) =>
    database.command(`INSERT INTO vigilstream.analyses (post_id, run, model, created_at, seen_at, ${values.split('=')[0]})
        SELECT concat('s:', toString(${from}), '-', toString(number)), 'live', 'm',
          fromUnixTimestamp64Milli(${from} + number), fromUnixTimestamp64Milli(${from} + number), ${values.split('=')[1]}
        FROM numbers(${count})`);
  const recent = base - 3 * hour;
  await analyses(90, recent, "gate, adverse_effect, adverse_effect_p='passed', 'yes', 0.95");
  await analyses(200, recent + 1000, "gate, adverse_effect, adverse_effect_p='passed', 'no', 0.75");
  await analyses(900, recent + 2000, "gate='refused'");
  await analyses(99, recent + 3000, "gate, adverse_effect='sampled', 'no'");
  await analyses(1, recent + 4000, "gate, adverse_effect='sampled', 'yes'");
  const gate = { kind: 'pipeline', watch: 'gate-recall' };
  expect(await measuredOf({ ...gate, limit: 0.95 })).toMatchObject([{ value: 0.9 }]);
  expect(await firingsOf({ ...gate, limit: 0.85 })).toEqual([]);

  await analyses(500, base - 3 * day, "gate, adverse_effect, adverse_effect_p='passed', 'no', 0.05");
  const [drift] = await measuredOf({ kind: 'pipeline', watch: 'drift', limit: 0.2 });
  expect(drift?.value).toBeGreaterThan(1);
  expect(await firingsOf({ kind: 'pipeline', watch: 'drift', limit: 50 })).toEqual([]);
});
