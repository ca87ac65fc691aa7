import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  signalStates,
  signalTransitions,
  transitionRequestSchema,
  type SignalEvent,
  type SignalState,
} from '../../schemas/signal.ts';
import { appendStep, signalIdOf } from '../../services/signal/ledger.ts';
import { refusalOf, takeStep } from '../../services/signal/lifecycle.ts';
import type { Clock } from '../../services/shared/clock.ts';
import type { Database } from '../../services/store/database.ts';
import {
  signalHistorySql,
  signalSql,
  type SignalEventRow,
  type SignalRow,
} from '../../services/store/queries/signals.ts';
import { openWorld } from '../store/world.ts';

let now = Date.UTC(2026, 2, 1, 9);
const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const pairOf = (productId: string) => ({
  run: 'live',
  level: 'term',
  productId,
  product: productId.toUpperCase(),
  conceptId: 'rash',
  concept: 'Rash',
  classId: 'skin',
  class: 'Skin',
});

async function detect(productId: string): Promise<string> {
  const pair = pairOf(productId);
  const event: SignalEvent = {
    signalId: signalIdOf(pair, 'rise', 0),
    sequence: 0,
    at: now,
    kind: 'transition',
    fromState: null,
    toState: 'detected',
    outcome: '',
    person: 'machine',
    reason: '12 people in 14 days, 3.1 expected',
    duplicateOf: '',
    criteria: 'rise@1',
    pair,
    evidence: null,
  };
  expect(await appendStep(database, event)).toBe(true);
  return event.signalId;
}

const ask = (signalId: string, toState: string, more: object = {}) =>
  transitionRequestSchema.parse({ signalId, toState, reason: 'read the posts', ...more });

describe('whether a step may be taken', () => {
  const standing = (state: SignalState) => ({ signalId: '0123456789abcdef', state, sequence: 3 });
  const steps = signalStates.flatMap((from) =>
    signalStates.filter((to) => to !== 'detected').map((to) => [from, to] as const),
  );

  test.each(steps)('%s to %s follows the table of the life of a signal', (from, to) => {
    const more = to === 'closed' ? { outcome: 'confirmed' } : {};
    const refusal = refusalOf(standing(from), ask('0123456789abcdef', to, more), 'Ada');
    if (signalTransitions[from].includes(to)) expect(refusal).toBe(undefined);
    else expect(refusal?.why).toBe('not-allowed');
  });

  test.each([
    ['a machine', 'detected', { toState: 'validated' }, 'machine', 'not-a-person'],
    ['a machine in disguise', 'detected', { toState: 'validated' }, ' Machine ', 'not-a-person'],
    ['nobody', 'detected', { toState: 'validated' }, '  ', 'not-a-person'],
    ['closing without an outcome', 'validated', { toState: 'closed' }, 'Ada', 'outcome-missing'],
    [
      'an outcome too early',
      'detected',
      { toState: 'validated', outcome: 'refuted' },
      'Ada',
      'outcome-early',
    ],
    [
      'a duplicate of nothing',
      'detected',
      { toState: 'closed', outcome: 'duplicate' },
      'Ada',
      'duplicate-unknown',
    ],
    [
      'a duplicate of itself',
      'detected',
      { toState: 'closed', outcome: 'duplicate', duplicateOf: '0123456789abcdef' },
      'Ada',
      'duplicate-unknown',
    ],
    [
      'a refuted one with another signal',
      'detected',
      { toState: 'closed', outcome: 'refuted', duplicateOf: 'fedcba9876543210' },
      'Ada',
      'duplicate-unknown',
    ],
    [
      'what somebody changed',
      'detected',
      { toState: 'validated', afterSequence: 2 },
      'Ada',
      'changed-meanwhile',
    ],
  ] as const)('%s is refused', (_name, state, request, person, why) => {
    const { toState, ...more } = request;
    expect(refusalOf(standing(state), ask('0123456789abcdef', toState, more), person)?.why).toBe(why);
  });

  test.each([{ reason: '' }, { reason: '   ' }, { toState: 'detected' }, { signalId: "x' OR 1=1" }])(
    'a request with %o is no request',
    (wrong) => {
      const request = { signalId: '0123456789abcdef', toState: 'validated', reason: 'seen', ...wrong };
      expect(transitionRequestSchema.safeParse(request).success).toBe(false);
    },
  );
});

describe('the life of a signal', () => {
  test('keeps every step with person, time and reason', async () => {
    const signalId = await detect('a');
    const path = [
      ['validated', {}],
      ['prioritised', {}],
      ['under-assessment', {}],
      ['closed', { outcome: 'confirmed' }],
    ] as const;
    for (const [at, [state, more]] of path.entries()) {
      now += 3_600_000;
      const outcome = await takeStep(ask(signalId, state, { ...more, afterSequence: at }), 'Ada', {
        database,
        clock,
      });
      expect(outcome).toEqual({ ok: true, sequence: at + 1 });
    }
    const steps = await database.query<SignalEventRow>(signalHistorySql, { params: { signal: signalId } });
    expect(steps.map(({ fromState, toState, person, at }) => [fromState, toState, person, at])).toEqual([
      ['', 'detected', 'machine', now - 4 * 3_600_000],
      ['detected', 'validated', 'Ada', now - 3 * 3_600_000],
      ['validated', 'prioritised', 'Ada', now - 2 * 3_600_000],
      ['prioritised', 'under-assessment', 'Ada', now - 3_600_000],
      ['under-assessment', 'closed', 'Ada', now],
    ]);
    const [row] = await database.query<SignalRow>(signalSql, { params: { signal: signalId } });
    expect(row).toMatchObject({ state: 'closed', outcome: 'confirmed', criteria: 'rise@1', person: 'Ada' });
    expect(await takeStep(ask(signalId, 'validated'), 'Ada', { database, clock })).toMatchObject({
      ok: false,
      why: 'not-allowed',
    });
  });

  test('of two people who act at once only one succeeds, and the other is told', async () => {
    const signalId = await detect('b');
    const both = await Promise.all([
      takeStep(ask(signalId, 'validated'), 'Ada', { database, clock }),
      takeStep(ask(signalId, 'closed', { outcome: 'refuted' }), 'Ben', { database, clock }),
    ]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toMatchObject({ why: 'changed-meanwhile' });
    expect(await database.query(signalHistorySql, { params: { signal: signalId } })).toHaveLength(2);
  });

  test('a duplicate names a signal that there is', async () => {
    const [one, other] = [await detect('c'), await detect('d')];
    const closing = (duplicateOf: string) => ask(one, 'closed', { outcome: 'duplicate', duplicateOf });
    expect(await takeStep(closing('00000000deadbeef'), 'Ada', { database, clock })).toMatchObject({
      why: 'duplicate-unknown',
    });
    expect(await takeStep(closing(other), 'Ada', { database, clock })).toMatchObject({ ok: true });
  });

  test('what does not exist is said not to', async () => {
    expect(await takeStep(ask('00000000deadbeef', 'validated'), 'Ada', { database, clock })).toMatchObject({
      ok: false,
      why: 'unknown-signal',
    });
  });
});
