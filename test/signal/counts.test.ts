import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contenders } from '../../services/signal/backtest/contenders.ts';
import { replay } from '../../services/signal/backtest/replay.ts';
import { storedHistory } from '../../services/signal/backtest/stored.ts';
import { match } from '../../services/signal/backtest/trial.ts';
import { reportOf } from '../../services/signal/backtest/report.ts';
import { dayOf } from '../../services/signal/days.ts';
import { bins, type Grid, type Margin } from '../../services/signal/grid.ts';
import { loadGrid } from '../../services/signal/load.ts';
import type { Database } from '../../services/store/database.ts';
import { refreshSuperseded } from '../../services/store/queries/mentions.ts';
import { openWorld } from '../store/world.ts';
import { burst, dayMs, murmur, tell } from './told.ts';

const start = Date.UTC(2026, 0, 5);
const days = 130;
const end = start + days * dayMs - 1000;
const riseDay = dayOf(end) - 20;

let database: Database;
beforeAll(async () => {
  database = await openWorld();
  await tell(database, [
    ...murmur(start, days),
    ...burst(end, 60, 20, { product: 'd', reaction: 'skin-itch' }),
    // People who speak again and again, within weeks and across them, and copies.
    ...burst(end, 50, 60, { product: 'a', reaction: 'gut-ache', author: 'talkative' }, 2_000_000),
    ...burst(end, 30, 9, { product: 'b', reaction: 'gut-ache', text: 'copied' }, 2_100_000),
    // A pair that nobody speaks of any more.
    ...burst(end - 70 * dayMs, 9, 5, { product: 'gone', reaction: 'gut-ache' }, 2_200_000),
  ]);
  await refreshSuperseded(database);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** Numbers of a grid by names, whatever the order of its lists; items that nobody spoke of are left out. */
function byName(grid: Grid): Map<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  const add = (name: string, margin: Margin, item: number): void => {
    const numbers = [margin.people[item] ?? 0, ...margin.series.slice(item * bins, (item + 1) * bins)];
    if (numbers.some((number) => number > 0)) found.set(name, numbers);
  };
  for (const [at, { id }] of grid.products.entries()) add(`product ${id}`, grid.byProduct, at);
  for (const [at, { id }] of grid.reactions.entries()) add(`reaction ${id}`, grid.byReaction, at);
  for (const [pair, at] of grid.productOf.entries())
    add(`${grid.products[at]?.id} ${grid.reactions[grid.reactionOf[pair] ?? 0]?.id}`, grid.pairs, pair);
  add('all', grid.all, 0);
  return found;
}

describe.each(['term', 'class'])('on the level %s', (level) => {
  test.each([
    [0, 200],
    [1, 200],
    [6, 200],
    [13, 200],
    [40, 200],
    [0, 28],
    [13, 60],
  ])(
    'what the engine counts is what memory counts, %i days before the end in a window of %i days',
    async (ago, windowDays) => {
      const day = dayOf(end) - ago;
      const grid = await loadGrid(database, { run: 'live', level, day, windowDays });
      const history = await storedHistory(database, { run: 'live', level });
      if (!grid || !history) throw new Error('nothing was counted');
      const wanted = history.gridAt(day, windowDays);
      expect([grid.historyDays, grid.windowDays]).toEqual([wanted.historyDays, windowDays]);
      expect(byName(grid)).toEqual(byName(wanted));
    },
  );
});

test('posts that come in while a scan counts are left to the next one', async () => {
  const fresh = burst(end, 5, 3, { product: 'new', reaction: 'new-pain' }, 5_000_000);
  let asked = 0;
  const growing: Database = {
    ...database,
    query: async (sql, options) => {
      // After the first day and the people, before the series.
      if (++asked === 3) await tell(database, fresh);
      return database.query(sql, options);
    },
  };
  const query = { run: 'live', level: 'term', day: dayOf(end), windowDays: 200 };
  const grid = await loadGrid(growing, query);
  expect(grid?.products.some(({ id }) => id === 'new')).toBe(false);
  const next = await loadGrid(database, query);
  expect(next?.products.some(({ id }) => id === 'new')).toBe(true);
});

test('what is stored can be played back against a reference set', async () => {
  const history = await storedHistory(database, { run: 'live', level: 'term' });
  if (!history) throw new Error('nothing was counted');
  const rise = contenders.slice(0, 1);
  const done = replay(history, {
    from: riseDay - 30,
    to: history.lastDay,
    windowDays: 365,
    contenders: rise,
  });
  const matching = match(
    [
      { product: 'D', reaction: 'SKIN-ITCH', knownFrom: riseDay, group: '' },
      { product: 'a', reaction: 'gut-ache', knownFrom: null, group: '' },
      { product: 'b', reaction: 'Gut-Ache', knownFrom: null, group: '' },
      { product: 'nobody', reaction: 'speaks-of', knownFrom: null, group: '' },
    ],
    done,
    history,
  );
  expect(matching.missing.map(({ product }) => product)).toEqual(['nobody']);
  const report = reportOf(
    [{ replay: done, ...matching }],
    { coolDownDays: 28, leadDays: 0, horizonDays: 42 },
    null,
    rise,
  );
  expect(report.contenders[0]).toMatchObject({ known: 1, found: 1, wrong: 0, ppv: 1 });
  expect(await storedHistory(database, { run: 'another', level: 'term' })).toBe(undefined);
});
