import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alert as alertRecord } from '../../schemas/people.ts';
import { runAlert, type AlertDeps } from '../../services/alert/alert.ts';
import type { AlertConfig } from '../../services/alert/config.ts';
import { createDesk } from '../../services/alert/desk.ts';
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

/** Deliveries that are written down as done: what a stop cuts short before that is sent again, under its id. */
const delivered = async () =>
  (
    await database.query<{ n: number }>(
      "SELECT count() AS n FROM vigilstream.alert_deliveries WHERE outcome = 'delivered'",
    )
  )[0]?.n;

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
  await eventually(async () => (await delivered()) === 2 && bad.received.length > 0);
  await first.stop();
  expect(good.received).toHaveLength(2);

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
