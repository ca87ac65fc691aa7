import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ruleSchema, type Rule } from '../../schemas/alerting.ts';
import { alert as alertRecord } from '../../schemas/people.ts';
import { runAlert, type AlertDeps } from '../../services/alert/alert.ts';
import type { AlertConfig } from '../../services/alert/config.ts';
import { createDesk } from '../../services/alert/desk.ts';
import { createTold, fire } from '../../services/alert/evaluate.ts';
import { prepareRule } from '../../services/alert/rules/index.ts';
import { loadWatchList } from '../../services/alert/watch-list.ts';
import { systemClock as clock } from '../../services/shared/clock.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import type { Database } from '../../services/store/database.ts';
import type { AlertRow } from '../../services/store/queries/alerts.ts';
import { newLog, openWorld, quiet } from '../store/world.ts';
import { httpReceiver } from './receivers.ts';
import {
  addPosts,
  addSignal,
  configOf,
  day,
  evidenceOf,
  hour,
  ids,
  secret,
  testNames,
  webhookTo,
} from './world.ts';

const names = testNames();
let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(() => database[Symbol.asyncDispose]());

const tables = [
  'alerts',
  'alert_deliveries',
  'alert_rules',
  'signal_events',
  'posts',
  'analyses',
  'mentions',
  'dead_letters',
  'pipeline_samples',
];
beforeEach(async () => {
  for (const table of tables) await database.command(`TRUNCATE TABLE vigilstream.${table}`);
});

const signalRule = { kind: 'signal', id: 'new-signal', title: 'A signal was detected' } as const;
const deathRule = {
  kind: 'post',
  id: 'deaths',
  title: 'A death',
  of: 'death',
  severity: 'critical',
} as const;

async function start(config: AlertConfig, over: Partial<AlertDeps> = {}) {
  const stop = new AbortController();
  const log = over.log ?? (await newLog(1));
  const deps: AlertDeps = {
    log,
    database,
    clock,
    logger: quiet,
    metrics: createMetrics(),
    names: await names,
    sources: [],
    lag: () => Promise.resolve([]),
    signal: stop.signal,
    ...over,
  };
  const running = runAlert(config, deps);
  return {
    log,
    running,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

async function eventually(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error('it did not happen');
    await clock.sleep(30);
  }
}

const allAlerts = () => database.query<AlertRow>('SELECT id, rule FROM vigilstream.alerts FINAL');

test('what happens is told once on each channel, signed, and a broken channel holds up no other', async () => {
  await using good = await httpReceiver();
  await using bad = await httpReceiver();
  bad.answer = () => {};
  const now = Date.now();
  await addSignal(database, '00000000000000aa', now - hour, evidenceOf(12, { examples: ['forum:1'] }));
  await addSignal(database, '00000000000000bb', now - hour, evidenceOf(1), { conceptId: 'VS0058' });
  await addPosts(database, [
    { n: 1, at: now - hour, text: 'my father died after these, first a headache' },
    { n: 2, at: now - hour, text: 'a headache after these and my phone died' },
  ]);
  const config = configOf({
    rules: [signalRule, deathRule],
    channels: [webhookTo('good', good.url), webhookTo('bad', bad.url)],
  });
  const first = await start(config);
  await eventually(() => good.received.length === 2 && bad.received.length > 0);
  await first.stop();

  for (const { headers, body } of good.received) {
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(new Webhook(secret).verify(body, given)).toMatchObject({ type: 'alert.fired' });
    expect(body).not.toContain('father');
  }
  const byRule = new Map(
    good.received.map(({ body }) => {
      const { data } = JSON.parse(body) as { data: { rule: string } };
      return [data.rule, data];
    }),
  );
  expect(byRule.get('new-signal')).toMatchObject({
    people: 12,
    severity: 'warning',
    examples: [{ id: 'forum:1' }],
    link: 'http://localhost:8080/signals/00000000000000aa',
  });
  expect(byRule.get('deaths')).toMatchObject({ people: 1, posts: 1, examples: [{ id: 'forum:1' }] });

  const records: unknown[] = [];
  const never = new AbortController().signal;
  for await (const { records: batch } of first.log.read(
    { topic: 'alerts', partition: 0, offset: 0 },
    never,
  )) {
    for (const { value } of batch) records.push(JSON.parse(Buffer.from(value).toString()));
  }
  expect(records.map((record) => alertRecord.read(record).ok)).toEqual([true, true]);

  // Another start looks at the same things and tells nothing again.
  const second = await start(config);
  await clock.sleep(1500);
  await second.stop();
  expect(good.received).toHaveLength(2);
  expect(await allAlerts()).toHaveLength(2);
}, 60_000);

test('an alert that was written just before a crash is sent, once, under its id', async () => {
  await using receiver = await httpReceiver();
  await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
  const config = configOf({ rules: [signalRule], channels: [webhookTo('a', receiver.url)] });
  // The process ends as soon as the row is there: before anything was sent.
  const crashing: Database = {
    ...database,
    async insert(table, rows, options) {
      await database.insert(table, rows, options);
      if (table === 'vigilstream.alerts') throw new VigilError('DATABASE_BROKEN', 'the end');
    },
  };
  const crashed = await start(config, { database: crashing });
  await expect(crashed.running).rejects.toThrow('the end');
  const [written] = await allAlerts();
  const again = await start(config);
  await eventually(() => receiver.received.length > 0);
  await clock.sleep(1200);
  await again.stop();
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([written?.id]);
});

test('two processes that look at once write one alert', async () => {
  await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
  const config = configOf({ rules: [signalRule] });
  const both = await Promise.all([start(config), start(config)]);
  await eventually(async () => (await allAlerts()).length > 0);
  await clock.sleep(300);
  await Promise.all(both.map((one) => one.stop()));
  expect(await allAlerts()).toHaveLength(1);
});

test('a rule that cannot be looked at holds up no other, and the stage outlives a database that is away', async () => {
  await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
  let failures = 3;
  const shaky: Database = {
    ...database,
    query(sql, options) {
      if (failures-- > 0) return Promise.reject(new VigilError('DATABASE_AWAY', 'away', { canRetry: true }));
      if (sql.includes('analyses_current')) return Promise.reject(new VigilError('DATABASE_REFUSED', 'no'));
      return database.query(sql, options);
    },
  };
  const config = configOf({ rules: [deathRule, signalRule] });
  const stage = await start(config, { database: shaky });
  await eventually(async () => (await allAlerts()).length > 0);
  await stage.stop();
  expect((await allAlerts()).map(({ rule }) => rule)).toEqual(['new-signal']);
});

describe('rules on what is stored', () => {
  // Near to now: dead letters and samples are not kept for ever.
  const base = Math.floor(Date.now() / hour) * hour;
  const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  async function firingsOf(value: object, now = base, sources: string[] = []) {
    const rule: Rule = ruleSchema.parse({ id: 'r', title: 'R', ...value });
    const list = await names;
    const resolved = list.resolve(rule);
    if (!resolved.ok) throw new Error(resolved.problem);
    const deps = { database, watchList: await loadWatchList(list), sources, startedAt: now - 3 * hour };
    const prepared = prepareRule(rule, resolved.scope, deps);
    const { groups } = await prepared.look(now);
    return [...groups].flatMap(([key, group]) => fire(rule, key, group, createTold(), now) ?? []);
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
    expect(await measuredOf({ kind: 'serious' })).toMatchObject([
      { people: 2, posts: 3, statistic: 'people' },
    ]);
    expect(await firingsOf({ kind: 'serious', minPeople: 3 })).toEqual([]);
    expect(await firingsOf({ kind: 'serious', by: ['events'] })).toEqual([]);
    expect(await measuredOf({ kind: 'serious', lookBack: '7d', minPeople: 3 })).toMatchObject([
      { people: 3 },
    ]);
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
});

describe('what people do at the desk', () => {
  const deskOf = async () =>
    createDesk(configOf({ rules: [signalRule] }), { database, clock, names: await names, sources: [] });

  test('rules are kept in versions, take the place of the configuration, and can be taken out', async () => {
    const desk = await deskOf();
    expect((await desk.rules()).map(({ rule, version }) => `${rule.id} ${version}`)).toEqual([
      'new-signal 0',
    ]);
    expect(await desk.save({ ...signalRule, minPeople: 7 }, 'mara')).toMatchObject({ ok: true });
    expect(await desk.save({ ...signalRule, minPeople: 9 }, 'jon')).toMatchObject({ ok: true });
    expect(await desk.save({ ...signalRule, minPeople: 'many' }, 'jon')).toMatchObject({ ok: false });
    expect(await desk.rules()).toMatchObject([{ rule: { minPeople: 9 }, version: 2, person: 'jon' }]);
    expect(await desk.remove('new-signal', 'mara')).toEqual({ ok: true });
    expect(await desk.remove('new-signal', 'mara')).toMatchObject({ ok: false });
    expect(await desk.rules()).toEqual([]);
    expect(
      (await desk.history('new-signal')).map(({ version, person, rule }) => [version, person, rule === null]),
    ).toEqual([
      [3, 'mara', true],
      [2, 'jon', false],
      [1, 'mara', false],
    ]);
    const views = await database.query('SELECT id, version, deleted FROM vigilstream.alert_rules_current');
    expect(views).toEqual([{ id: 'new-signal', version: 3, deleted: true }]);
  });

  test('a dry run over history fires as the stage would have, and stores nothing', async () => {
    const base = Date.UTC(2026, 2, 1);
    await addPosts(
      database,
      [0, 5, 30, 31, 100].map((at, n) => ({
        n,
        at: base + at * hour,
        author: `p${n}`,
        text: `case ${n}: my aunt died, first a headache`,
      })),
    );
    const desk = await deskOf();
    const checked = desk.check({ ...deathRule, lookBack: '1d', coolDown: '12h' });
    if (!checked.ok) throw new Error(checked.problem);
    const result = await desk.dryRun(checked.rule, base - day, base + 13 * day);
    // 0 h; 5 h waits for the cool-down and is told at 12 h; 30 h; 31 h at 42 h; 100 h.
    expect(result.first.map(({ at }) => Math.round((at - base) / hour))).toEqual([100, 42, 30, 12, 0]);
    expect(result).toMatchObject({ alerts: 5, perWeek: 2.5, held: 0, incomplete: false });
    expect(await allAlerts()).toEqual([]);
  });

  test('alerts are listed newest first', async () => {
    await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
    const stage = await start(configOf({ rules: [signalRule] }));
    await eventually(async () => (await allAlerts()).length > 0);
    await stage.stop();
    const desk = await deskOf();
    const listed = await desk.alerts({ rule: 'new-signal', limit: 10 });
    expect(ids(listed)).toEqual(ids(await allAlerts()));
    expect(listed[0]).toMatchObject({ people: 12, signalId: '00000000000000aa', channels: [] });
    expect(await desk.alerts({ rule: "x' OR 1=1 --" })).toEqual([]);
    expect(await desk.alert(listed[0]?.id ?? '')).toMatchObject({ id: listed[0]?.id });
    const states = await database.query('SELECT count() AS n FROM vigilstream.alert_delivery_states');
    expect(states).toEqual([{ n: 0 }]);
  });
});
