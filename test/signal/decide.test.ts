import { describe, expect, test } from 'vitest';
import type { SignalEvent } from '../../schemas/signal.ts';
import { decide, type Known } from '../../services/signal/decide.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 2, 1);
const config = { againAfterDays: 60, evidenceHours: 24 };
const pair = {
  run: 'live',
  level: 'term',
  productId: 'p',
  product: 'P',
  conceptId: 'rash',
  concept: 'Rash',
  classId: 'skin',
  class: 'Skin',
};
const change = { days: 14, people: 12, expected: 3.14, p: 1e-6, restP: 0.001 };
const known = (more: Partial<Known> = {}): Known => ({
  signalId: '0123456789abcdef',
  state: 'detected',
  sequence: 4,
  criteria: 'rise@1',
  level: 'term',
  productId: 'p',
  conceptId: 'rash',
  classId: 'skin',
  stateAt: now - dayMs,
  evidenceAt: now - dayMs / 2,
  evidence: JSON.stringify({ change: { people: 12 } }),
  ...more,
});
/** A whole evidence is not needed to tell how many people it counted; one that cannot be read counts as none. */
const counted = (people: number): string =>
  JSON.stringify({
    from: '2026-01-01',
    to: '2026-03-01',
    n11: people,
    n1x: 40,
    nx1: 40,
    n: 400,
    recent: 6,
    baseline: 6,
    change: { days: 14, people, expected: 3, p: 0.001, q: 0.01, pairs: 80 },
    prr: { value: 3, lower: 2, upper: 4, chiSquare: 9 },
    ror: { value: 3, lower: 2, upper: 4 },
    ic: { value: 1, lower: 0.5, upper: 1.5 },
    ebgm: { value: null, lower: null, upper: null },
    detectors: [],
    presets: [],
    examples: [],
  });

const what = (
  list: readonly Known[],
  more: Partial<typeof pair> = {},
  detected: readonly SignalEvent[] = [],
) =>
  decide(
    { pair: { ...pair, ...more }, criteria: 'rise@2', change },
    { known: list, detected, groupOf: (term) => new Map([['rash', 'rashes']]).get(term) },
    config,
    now,
  );

describe('what the machine does about a pair that meets criteria', () => {
  test.each([
    ['nothing is known', [], 'detect'],
    ['another pair is open', [known({ conceptId: 'itch' })], 'detect'],
    ['another kind of criteria called it', [known({ criteria: 'surge@1' })], 'detect'],
    ['an older version called it, and its evidence is fresh', [known({ evidence: counted(12) })], 'none'],
    ['its evidence is a day old', [known({ evidence: counted(12), evidenceAt: now - dayMs })], 'evidence'],
    ['half as many people again came', [known({ evidence: counted(8) })], 'evidence'],
    ['not quite so many came', [known({ evidence: counted(9) })], 'none'],
    ['a person looks into it', [known({ state: 'under-assessment', evidence: counted(12) })], 'none'],
    ['it was closed last month', [known({ state: 'closed', stateAt: now - 30 * dayMs })], 'none'],
    ['it was closed long ago', [known({ state: 'closed', stateAt: now - 61 * dayMs })], 'detect'],
  ] as const)('when %s: %s', (_when, list, kind) => {
    expect(what(list).kind).toBe(kind);
  });

  test('a new rise after the end of a signal is another signal, and always the same one', () => {
    const closed = known({ state: 'closed', stateAt: now - 90 * dayMs });
    const [first, second] = [what([]), what([closed])];
    expect(first).toMatchObject({
      kind: 'detect',
      sequence: 0,
      reason: '12 people in 14 days, 3.1 expected',
    });
    expect(second.kind === 'detect' && first.kind === 'detect' && second.signalId !== first.signalId).toBe(
      true,
    );
    expect(what([closed])).toEqual(second);
  });

  test('a class is no signal where a term of it is one, in this scan or before', () => {
    const group = { level: 'class', conceptId: 'skin' };
    expect(what([], group).kind).toBe('detect');
    expect(what([known()], group).kind).toBe('none');
    expect(what([known({ state: 'closed' })], group).kind).toBe('detect');
    expect(what([known({ productId: 'other' })], group).kind).toBe('detect');
    expect(what([], group, [{ pair } as SignalEvent]).kind).toBe('none');
  });

  test('a group between is no signal where a term of the group is one; another of its class says nothing', () => {
    const group = { level: 'hlt', conceptId: 'rashes' };
    expect(what([known()], group).kind).toBe('none');
    expect(what([], group, [{ pair } as SignalEvent]).kind).toBe('none');
    expect(what([known({ conceptId: 'itch' })], group).kind).toBe('detect');
    expect(what([known()], { level: 'hlt', conceptId: 'itches' }).kind).toBe('detect');
  });
});
