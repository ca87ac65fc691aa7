import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDesk } from '../../services/alert/desk.ts';
import { systemClock as clock } from '../../services/shared/clock.ts';
import type { Database } from '../../services/store/database.ts';
import { openWorld } from '../store/world.ts';
import { allAlerts, deathRule, eventually, signalRule, startStage } from './stage-rig.ts';
import { addPosts, addSignal, configOf, day, evidenceOf, hour, ids, testNames } from './world.ts';

const names = testNames();
let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ['alerts', 'alert_rules', 'signal_events']) {
    await database.command(`TRUNCATE TABLE vigilstream.${table}`);
  }
});

const deskOf = async () =>
  createDesk(configOf({ rules: [signalRule] }), { database, clock, names: await names, sources: [] });

test('rules are kept in versions, take the place of the configuration, and can be taken out', async () => {
  const desk = await deskOf();
  expect((await desk.rules()).map(({ rule, version }) => `${rule.id} ${version}`)).toEqual(['new-signal 0']);
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
  expect(await allAlerts(database)).toEqual([]);
});

test('alerts are listed newest first', async () => {
  await addSignal(database, '00000000000000aa', Date.now() - hour, evidenceOf(12));
  const stage = await startStage(database, configOf({ rules: [signalRule] }));
  await eventually(async () => (await allAlerts(database)).length > 0);
  await stage.stop();
  const desk = await deskOf();
  const listed = await desk.alerts({ rule: 'new-signal', limit: 10 });
  expect(ids(listed)).toEqual(ids(await allAlerts(database)));
  expect(listed[0]).toMatchObject({ people: 12, signalId: '00000000000000aa', channels: [] });
  expect(await desk.alerts({ rule: "x' OR 1=1 --" })).toEqual([]);
  expect(await desk.alert(listed[0]?.id ?? '')).toMatchObject({ id: listed[0]?.id });
  const states = await database.query('SELECT count() AS n FROM vigilstream.alert_delivery_states');
  expect(states).toEqual([{ n: 0 }]);
});
