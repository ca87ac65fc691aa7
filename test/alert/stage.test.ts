import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { alert as alertRecord } from '../../schemas/people.ts';
import type { AlertDeps } from '../../services/alert/alert.ts';
import type { AlertConfig } from '../../services/alert/config.ts';
import { createDesk } from '../../services/alert/desk.ts';
import { mostThings } from '../../services/alert/rules/group.ts';
import { systemClock as clock } from '../../services/shared/clock.ts';
import { VigilError } from '../../services/shared/errors.ts';
import type { Database, Row } from '../../services/store/database.ts';
import { signalEvidenceSql } from '../../services/store/queries/alert-events.ts';
import { openWorld } from '../store/world.ts';
import { httpReceiver } from './receivers.ts';
import {
  allAlerts as allAlertsOf,
  deathRule,
  eventually,
  listener,
  signalRule,
  startStage,
} from './stage-rig.ts';
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

/** Deliveries that are written down as done: what a stop cuts short before that is sent again, under its id. */
const delivered = async () =>
  (
    await database.query<{ n: number }>(
      "SELECT count() AS n FROM vigilstream.alert_deliveries WHERE outcome = 'delivered'",
    )
  )[0]?.n;

const allAlerts = () => allAlertsOf(database);
const start = (config: AlertConfig, over?: Partial<AlertDeps>) => startStage(database, config, over);

/** A clock that is some days behind. */
const daysAgo = (days: number) => ({ ...clock, now: () => Date.now() - days * day });

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

test('a group that was last told of long ago is told of again, once, under an id of its own', async () => {
  await using receiver = await httpReceiver();
  const config = configOf({ rules: [signalRule], channels: [webhookTo('a', receiver.url)] });
  const starts = [
    ['00000000000000aa', daysAgo(95)],
    ['00000000000000bb', clock],
  ] as const;
  for (const [n, [signalId, time]] of starts.entries()) {
    await addSignal(database, signalId, time.now() - hour, evidenceOf(12));
    const stage = await start(config, { clock: time });
    await eventually(async () => (await delivered()) === n + 1);
    await clock.sleep(1500);
    await stage.stop();
  }
  const sent = receiver.received.map(({ headers }) => String(headers['webhook-id']));
  expect(new Set(sent).size).toBe(2);
  expect(sent.sort()).toEqual(ids(await allAlerts()));
});

test('a silence is told once however long it lasts, and again after the source has spoken', async () => {
  const rule = { kind: 'pipeline', id: 'silent', title: 'Silent', watch: 'source-silent', limit: 0 } as const;
  const config = configOf({ rules: [{ ...rule, sources: ['forum'] }] });
  const alertsAfter = async (days: number): Promise<number> => {
    const stage = await start(config, { clock: daysAgo(days) });
    await clock.sleep(1500);
    await stage.stop();
    return (await allAlerts()).length;
  };
  expect(await alertsAfter(200)).toBe(1);
  expect(await alertsAfter(199)).toBe(1);
  expect(await alertsAfter(100)).toBe(1);
  await addPosts(database, [{ n: 1, at: Date.now() - 50 * day }]);
  expect(await alertsAfter(0)).toBe(2);
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

test('a saved rule that cannot be read is told of once, and the configuration stands in for it', async () => {
  const config = configOf({ rules: [signalRule] });
  const desk = await createDesk(config, { database, clock, names: await names, sources: [] });
  const row = { rule: '{"kind":"omen"}', version: 4, person: 'mara', at: Date.now(), deleted: false };
  const rows = ['new-signal', 'other'].map((id) => ({ ...row, id }));
  await database.insert('vigilstream.alert_rules', rows, { token: `unreadable-${row.at}` });
  expect(await desk.rules()).toMatchObject([{ rule: { id: 'new-signal' }, version: 0 }]);

  await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
  const { said, logger } = listener();
  const stage = await start(config, { logger });
  await eventually(async () => (await allAlerts()).length === 1);
  await clock.sleep(2500);
  const problem = 'a rule is in trouble: this version cannot read what was saved';
  expect(said).toEqual([`new-signal: ${problem}`, `other: ${problem}`]);
  expect(await desk.save({ ...signalRule, minPeople: 7 }, 'mara')).toMatchObject({ ok: true });
  expect(await desk.remove('other', 'mara')).toEqual({ ok: true });
  await eventually(() => said.length === 4);
  await stage.stop();
  expect(said.slice(2).sort()).toEqual(
    ['new-signal', 'other'].map((id) => `${id}: the trouble with a rule is over`),
  );
});

test('a rule that cannot look at all there is says so', async () => {
  const row: Row = { evidence: '' };
  const crowded: Database = {
    ...database,
    query: <T extends Row>(sql: string, options?: Parameters<Database['query']>[1]) =>
      sql === signalEvidenceSql
        ? Promise.resolve(Array.from({ length: mostThings }, () => row as T))
        : database.query<T>(sql, options),
  };
  const { said, logger } = listener();
  const stage = await start(configOf({ rules: [signalRule] }), { database: crowded, logger });
  await eventually(() => said.length > 0);
  await stage.stop();
  expect(said).toEqual([
    'new-signal: a rule is in trouble: more than it can look at: the oldest is left out',
  ]);
});
