import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createChannel } from '../../services/alert/channels/index.ts';
import { createDelivery, schedule } from '../../services/alert/deliver.ts';
import { createDesk } from '../../services/alert/desk.ts';
import { createLedger } from '../../services/alert/ledger.ts';
import { systemResolve } from '../../services/alert/safe-fetch.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import type { Database } from '../../services/store/database.ts';
import type { AttemptRow } from '../../services/store/queries/alerts.ts';
import { openWorld, quiet } from '../store/world.ts';
import { httpReceiver, type HttpReceiver } from './receivers.ts';
import { addAlert, addPosts, configOf, day, hour, manualClock, testNames, webhookTo } from './world.ts';

const start = Date.UTC(2026, 2, 1, 12);
const never = new AbortController().signal;
const minute = 60_000;

const names = testNames();
let database: Database;
let receiver: HttpReceiver;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ['alerts', 'alert_deliveries', 'alert_channel_events', 'alert_silences']) {
    await database.command(`TRUNCATE TABLE vigilstream.${table}`);
  }
  receiver = await httpReceiver();
});
afterEach(() => receiver[Symbol.asyncDispose]());

const status =
  (code: number, headers: Record<string, string> = {}): HttpReceiver['answer'] =>
  (response) =>
    response.writeHead(code, headers).end();
const idsOf = (from: HttpReceiver): string[] =>
  from.received.map(({ headers }) => String(headers['webhook-id']));

async function rigOf(time = start, over: Partial<Database> = {}) {
  const clock = manualClock(time);
  const config = configOf({ channels: [webhookTo('a', receiver.url)] });
  const [first] = config.channels;
  if (!first) throw new Error('no channel');
  const channel = createChannel(first, { clock, resolve: systemResolve });
  const delivery = createDelivery(channel, {
    database,
    ledger: createLedger({ ...database, ...over }),
    clock,
    logger: quiet,
    metrics: createMetrics(),
    consoleUrl: 'http://console.example',
    keepTryingMs: 14 * day,
    random: () => 0.5,
  });
  const desk = await createDesk(config, { database, clock, names: await names, sources: [] });
  /** Steps until a time is reached or nothing waits. */
  async function until(end: number): Promise<void> {
    while (clock.time < end) {
      const pause = (await delivery.step(never)) ?? Infinity;
      clock.time = Math.min(end, clock.time + Math.max(50, Math.min(pause, hour)));
    }
  }
  return { clock, delivery, desk, until };
}

test('the attempts follow the schedule of Standard Webhooks under one id, and then it is given up', async () => {
  const { delivery, clock, desk } = await rigOf();
  receiver.answer = status(400);
  await addAlert(database, 'al_1', start);
  const times: number[] = [];
  for (let tries = 0; tries < 100; tries++) {
    const before = receiver.received.length;
    const at = clock.time;
    const pause = await delivery.step(never);
    if (receiver.received.length > before) times.push(at);
    if (pause === undefined) break;
    clock.time += Math.max(1, pause);
  }
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  expect(gaps).toEqual(schedule.slice(1));
  expect(new Set(idsOf(receiver))).toEqual(new Set(['al_1']));
  expect(await desk.deliveries(['al_1'])).toMatchObject([
    { state: 'given-up', attempts: 10, nextAt: null, reason: 'status', status: 400 },
  ]);

  receiver.answer = status(204);
  expect(await desk.resend('al_1', 'a', 'mara')).toEqual({ ok: true });
  await delivery.step(never);
  expect(idsOf(receiver).at(-1)).toBe('al_1');
  expect(await desk.deliveries(['al_1'])).toMatchObject([{ state: 'delivered' }]);
  const attempts: AttemptRow[] = await desk.attempts('al_1');
  expect(attempts.map(({ outcome, person }) => `${outcome} ${person}`).slice(-3)).toEqual([
    'given-up machine',
    'resend mara',
    'delivered machine',
  ]);
});

test('a receiver that is down for a day gets each alert once, soon after it is back', async () => {
  const { until, clock, desk } = await rigOf();
  receiver.answer = (response) => response.socket?.destroy();
  const sent: string[] = [];
  for (let n = 0; n < 6; n++) {
    await addAlert(database, `al_${n}`, clock.time);
    sent.push(`al_${n}`);
    await until(start + (n + 1) * 4 * hour);
  }
  const tried = receiver.received.length;
  expect(tried).toBeGreaterThan(6);
  expect(tried).toBeLessThan(6 * schedule.length);

  const arrived: string[] = [];
  receiver.answer = (response, { headers }) => {
    arrived.push(String(headers['webhook-id']));
    response.writeHead(204).end();
  };
  await addAlert(database, 'al_6', clock.time);
  await until(clock.time + 10 * minute);
  expect(arrived.sort()).toEqual([...sent, 'al_6'].sort());
  const states = await desk.deliveries([...sent, 'al_6']);
  expect(states.map(({ state }) => state)).toEqual(Array(7).fill('delivered'));
});

test('a receiver that is back without anything new gets what waits by the schedule', async () => {
  const { until, clock } = await rigOf();
  receiver.answer = status(503);
  await addAlert(database, 'al_1', start);
  await until(start + day);
  receiver.answer = status(204);
  await until(clock.time + day);
  expect(idsOf(receiver).filter((id) => id === 'al_1').length).toBeLessThanOrEqual(schedule.length);
  const before = receiver.received.length;
  await until(clock.time + day);
  expect(receiver.received).toHaveLength(before);
});

test('429 with Retry-After is left alone for so long, for every message', async () => {
  const { delivery, clock } = await rigOf();
  receiver.answer = status(429, { 'retry-after': '600' });
  await addAlert(database, 'al_1', start);
  await addAlert(database, 'al_2', start);
  await delivery.step(never);
  expect(receiver.received).toHaveLength(1);
  receiver.answer = status(204);
  clock.time = start + 9.9 * minute;
  expect(await delivery.step(never)).toBeGreaterThan(0);
  expect(receiver.received).toHaveLength(1);
  clock.time = start + 10 * minute + 1;
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1', 'al_1', 'al_2']);
});

test('one message that the receiver refuses holds up no other', async () => {
  const { delivery, desk } = await rigOf();
  receiver.answer = (response, { headers }) =>
    response.writeHead(headers['webhook-id'] === 'al_1' ? 422 : 204).end();
  for (const n of [1, 2, 3]) await addAlert(database, `al_${n}`, start - 10 + n);
  await delivery.step(never);
  const states = await desk.deliveries(['al_1', 'al_2', 'al_3']);
  expect(states.map(({ state }) => state)).toEqual(['failed', 'delivered', 'delivered']);
});

test('more refused messages than are read at once hold up no new one, and are left alone until they are due', async () => {
  const waiting = Array.from({ length: 201 }, (_, n) => `al_${n}`);
  for (const id of waiting) await addAlert(database, id, start - hour);
  const refused = {
    channel: 'a',
    attempt: 7,
    at: start - minute,
    outcome: 'failed',
    next_at: start + 10 * hour,
  };
  const rows = waiting.map((alert_id) => ({ ...refused, alert_id, reason: 'status', status: 422 }));
  await database.insert('vigilstream.alert_deliveries', rows, { token: 'refused' });
  const { delivery, desk } = await rigOf();
  expect(await delivery.step(never)).toBe(10 * hour);
  expect(receiver.received).toHaveLength(0);

  await addAlert(database, 'al_new', start);
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_new']);
  expect(await desk.deliveries(['al_new'])).toMatchObject([{ state: 'delivered' }]);
});

test.each([101, 307, 408, 503])('after %i the channel rests, and no other message is tried', async (code) => {
  const { delivery } = await rigOf();
  receiver.answer = status(code, code === 101 ? { connection: 'upgrade', upgrade: 'websocket' } : {});
  for (const n of [1, 2]) await addAlert(database, `al_${n}`, start);
  expect(await delivery.step(never)).toBeGreaterThan(0);
  expect(receiver.received).toHaveLength(1);
});

test('410 turns the channel off; what waits is kept, and sent when somebody turns it on', async () => {
  const { delivery, desk, clock } = await rigOf();
  receiver.answer = status(410);
  await addAlert(database, 'al_1', start);
  await addAlert(database, 'al_2', start);
  await delivery.step(never);
  clock.time += day;
  await delivery.step(never);
  expect(receiver.received).toHaveLength(1);
  expect(await desk.channels()).toMatchObject([{ name: 'a', enabled: false, by: 'machine' }]);

  receiver.answer = status(204);
  expect(await desk.switchChannel('a', true, 'mara')).toEqual({ ok: true });
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1', 'al_1', 'al_2']);
  expect(await desk.channels()).toMatchObject([{ enabled: true, by: 'mara' }]);
});

test('what was sent but not recorded before a crash is sent again under the same id', async () => {
  const away = () => Promise.reject(new VigilError('DATABASE_BROKEN', 'gone'));
  const broken = await rigOf(start, { insert: away });
  await addAlert(database, 'al_1', start);
  await expect(broken.delivery.step(never)).rejects.toThrow('gone');
  const { delivery } = await rigOf(start + minute);
  await delivery.step(never);
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1', 'al_1']);
});

test('a silence shows but does not send; sending by hand goes through it', async () => {
  const { delivery, desk, clock } = await rigOf();
  const made = await desk.silence(
    { productId: 'VP0001', from: start, until: start + day, reason: 'known' },
    'mara',
  );
  expect(made.ok).toBe(true);
  await addAlert(database, 'al_1', start);
  await delivery.step(never);
  expect(receiver.received).toHaveLength(0);
  expect(await desk.deliveries(['al_1'])).toMatchObject([{ state: 'silenced' }]);
  clock.time += minute;
  await desk.resend('al_1', 'a', 'mara');
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1']);

  const [silence] = await desk.silences();
  clock.time += minute;
  expect(await desk.endSilence(silence?.id ?? '', 'mara')).toEqual({ ok: true });
  expect(await desk.silences()).toEqual([]);
  await addAlert(database, 'al_2', clock.time);
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1', 'al_2']);
});

test('a message that quiet hours hold back is sent when they end', async () => {
  const { delivery, clock } = await rigOf();
  await addAlert(database, 'al_1', start, { sendAt: start + 8 * hour });
  expect(await delivery.step(never)).toBe(8 * hour);
  expect(receiver.received).toHaveLength(0);
  clock.time = start + 8 * hour;
  await delivery.step(never);
  expect(idsOf(receiver)).toEqual(['al_1']);
});

test('a post that was deleted meanwhile is neither named nor quoted; text goes only where the rule allows it', async () => {
  const { delivery } = await rigOf();
  const [kept = '', gone = ''] = await addPosts(database, [
    { n: 1, at: start - hour, text: 'kept words of a headache' },
    { n: 2, at: start - hour, text: 'gone words of a headache' },
  ]);
  const notice = { post_id: gone, author: '', source: 'forum', reason: 'deleted', at: start, seen_at: start };
  await database.insert('vigilstream.deletions', [notice], { token: 'gone' });
  await addAlert(database, 'al_1', start, { examples: [kept, gone] });
  await addAlert(database, 'al_2', start + 1, { examples: [kept, gone], includeText: true });
  const { clock } = await rigOf();
  clock.time = start + 1;
  await delivery.step(never);
  const { delivery: later } = await rigOf(start + minute);
  await later.step(never);
  const [plain = '', quoting = ''] = receiver.received.map(({ body }) => body);
  for (const body of [plain, quoting]) {
    expect(body).toContain(kept);
    expect(body).not.toContain(gone);
    expect(body).not.toContain('gone words');
    expect(body).toContain('http://console.example/posts/forum%3A1');
  }
  expect(plain).not.toContain('kept words');
  expect(quoting).toContain('kept words');
});

test.each([
  ['an alert that is not there', 'al_none', 'a', 'there is no such alert'],
  ['a channel that is not there', 'al_1', 'b', 'there is no channel b'],
])('%s cannot be sent again', async (_what, id, channel, problem) => {
  const { desk } = await rigOf();
  await addAlert(database, 'al_1', start);
  expect(await desk.resend(id, channel, 'mara')).toEqual({ ok: false, problem });
});
