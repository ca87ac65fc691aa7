import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evidenceSchema } from '../../schemas/signal.ts';
import { signalConfig } from '../../services/signal/config.ts';
import { dayOf } from '../../services/signal/days.ts';
import { loadGrid } from '../../services/signal/load.ts';
import { scan } from '../../services/signal/scan.ts';
import type { Database } from '../../services/store/database.ts';
import { writeTermLevels } from '../../services/store/queries/mentions.ts';
import {
  latestScoresSql,
  scansSql,
  signalHistorySql,
  signalsSql,
  type SignalEventRow,
  type SignalRow,
} from '../../services/store/queries/signals.ts';
import { createTerminology } from '../../services/terminology/terminology.ts';
import { clock, openWorld } from '../store/world.ts';
import { burst, classOf, dayMs, murmur, tell, type Told } from './told.ts';

const start = Date.UTC(2026, 0, 5);
const days = 100;
const now = start + days * dayMs - 1000;
const config = signalConfig.parse({});
const background = murmur(start, days);
const distinct = (of: (told: Told) => string): number => new Set(background.map(of)).size;
const pairsThere =
  distinct(({ product, reaction }) => `${product} ${reaction}`) +
  distinct(({ product, reaction }) => `${product} ${classOf(reaction)}`);

let database: Database;
beforeAll(async () => {
  database = await openWorld();
  await tell(database, background);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const all = { run: 'live', states: [], products: [], concepts: [], before: 9_000_000_000_000, limit: 100 };
const signals = (): Promise<SignalRow[]> => database.query<SignalRow>(signalsSql, { params: all });
const scanAt = (at: number) => scan(config, { database, clock }, at);

/** The scores that are shown, as they lie in the table after everything has been merged. */
async function shown() {
  await database.command('OPTIMIZE TABLE vigilstream.pair_scores FINAL');
  return database.query(
    'SELECT level, product_id, concept_id, toUnixTimestamp64Milli(scan_at) AS at FROM vigilstream.pair_scores_latest ORDER BY level, product_id, concept_id',
  );
}

/** The tables, that cannot be written to any more from the insert on that `what` is part of. */
const brokenAt = (what: string, meanwhile = async (): Promise<void> => undefined): Database => ({
  ...database,
  insert: async (table, rows, options) => {
    if (!`${table} ${options.token}`.includes(what)) return database.insert(table, rows, options);
    await meanwhile();
    throw new Error('cut off');
  },
});

test('a steady murmur raises nothing, and every pair is tested', async () => {
  const report = await scanAt(now);
  expect(report).toMatchObject({ detected: [], renewed: 0, pairs: pairsThere });
  expect(await signals()).toEqual([]);
});

test('copies, automated accounts and one talkative person raise nothing', async () => {
  await tell(database, [
    ...burst(now, 40, 12, { product: 'a', reaction: 'gut-ache', text: 'the same words' }, 2_000_000),
    ...burst(now, 40, 12, { product: 'b', reaction: 'skin-rash', automated: true }, 2_100_000),
    ...burst(now, 40, 12, { product: 'c', reaction: 'head-spin', author: 'one and the same' }, 2_200_000),
  ]);
  expect((await scanAt(now + 1)).detected).toEqual([]);
});

describe('thirty posts on one product and one reaction', () => {
  test('raise exactly this signal, with the people counted by hand', async () => {
    await tell(database, burst(now, 30, 10, { product: 'd', reaction: 'skin-itch' }));
    const { detected } = await scanAt(now + 2);
    expect(detected.map(({ pair }) => [pair.level, pair.product, pair.concept])).toEqual([
      ['term', 'D', 'SKIN-ITCH'],
    ]);
    const [row, ...others] = await signals();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      state: 'detected',
      person: 'machine',
      criteria: 'rise@1',
      productId: 'd',
      conceptId: 'skin-itch',
      classId: 'skin',
    });
    const evidence = evidenceSchema.parse(JSON.parse(row?.evidence ?? ''));
    const told = [...background, ...burst(now, 30, 10, { product: 'd', reaction: 'skin-itch' })];
    const pair = told.filter(({ product, reaction }) => product === 'd' && reaction === 'skin-itch');
    expect(evidence.n11).toBe(new Set(pair.map(({ author }) => author)).size);
    expect(evidence.recent).toBe(pair.filter(({ at }) => dayOf(now) - dayOf(at) < 7).length);
    const within = pair.filter(({ at }) => dayOf(now) - dayOf(at) < evidence.change.days);
    expect(evidence.change.people).toBe(within.length);
    expect(evidence.examples).toHaveLength(5);
    expect(evidence.examples.every((id) => id.startsWith('forum:'))).toBe(true);
  });

  test('are not detected again, but the evidence is renewed when it has grown or aged', async () => {
    expect(await scanAt(now + 3)).toMatchObject({ detected: [], renewed: 0 });
    await tell(database, burst(now, 30, 10, { product: 'd', reaction: 'skin-itch', author: 'd' }, 3_000_000));
    expect(await scanAt(now + 4)).toMatchObject({ detected: [], renewed: 0 });
    await tell(
      database,
      Array.from({ length: 40 }, (_, i) => ({
        n: 3_100_000 + i,
        at: now - Math.floor(i / 4) * dayMs,
        product: 'd',
        reaction: 'skin-itch',
        author: `another ${i}`,
      })),
    );
    expect(await scanAt(now + 5)).toMatchObject({ detected: [], renewed: 1 });
    const [row] = await signals();
    const steps = await database.query<SignalEventRow>(signalHistorySql, {
      params: { signal: row?.signalId ?? '' },
    });
    expect(steps.map(({ sequence, kind, toState }) => [sequence, kind, toState])).toEqual([
      [0, 'transition', 'detected'],
      [1, 'evidence', 'detected'],
    ]);
  });
});

test('the scores of the last complete scan are there to read', async () => {
  const params = {
    run: 'live',
    level: 'term',
    products: ['d'],
    concepts: ['skin-itch'],
    people: 1,
    limit: 10,
  };
  const scores = await database.query(latestScoresSql, { params });
  expect(scores).toHaveLength(1);
  expect(scores[0]).toMatchObject({
    scanAt: now + 5,
    criteria: ['rise@1'],
    presets: expect.arrayContaining(['evans@1', 'ema@1', 'umc@1']),
    detectors: expect.arrayContaining(['poisson']),
  });
  const scans = await database.query(scansSql, { params: { run: 'live', limit: 1 } });
  expect(scans[0]).toMatchObject({ scanAt: now + 5, pairs: pairsThere, detected: 0, criteria: 'rise@1' });
});

describe('the last complete scan is shown whole', () => {
  const cutOff = (at: number, before: string) =>
    expect(scan(config, { database: brokenAt(before), clock }, at)).rejects.toThrow('cut off');

  test('while one runs, and after some that were cut off', async () => {
    const whole = await shown();
    expect(whole).toHaveLength(pairsThere);
    let meanwhile: Awaited<ReturnType<typeof shown>> = [];
    const running = brokenAt('-class-', async () => {
      meanwhile = await shown();
    });
    await expect(scan(config, { database: running, clock }, now + 6)).rejects.toThrow('cut off');
    expect(meanwhile).toEqual(whole);
    await cutOff(now + 7, '.scans');
    await cutOff(now + 8, '-class-');
    expect(await shown()).toEqual(whole);
  });

  test('while two processes scan at once, whichever is the first to end', async () => {
    for (const [first, second] of [
      [now + 10, now + 11],
      [now + 13, now + 12],
    ] as const) {
      let begun = false;
      const together: Database = {
        ...database,
        insert: async (table, rows, options) => {
          if (table.endsWith('.scans') && !begun) {
            begun = true;
            await cutOff(second, '-class-');
          }
          return database.insert(table, rows, options);
        },
      };
      await scan(config, { database: together, clock }, first);
      expect(await shown()).toHaveLength(pairsThere);
    }
  });

  test('and of a day the rows of no more than two scans are kept', async () => {
    for (const more of [20, 21, 22, 23]) await scanAt(now + more);
    await database.command('OPTIMIZE TABLE vigilstream.pair_scores FINAL');
    const [kept] = await database.query<{ rows: number; scans: number }>(
      'SELECT count() AS rows, uniqExact(scan_at) AS scans FROM vigilstream.pair_scores',
    );
    expect(kept).toEqual({ rows: 2 * pairsThere, scans: 2 });
  });
});

test('people of the window and of its margins are distinct', async () => {
  const grid = await loadGrid(database, { run: 'live', level: 'term', day: dayOf(now), windowDays: 365 });
  const a = grid?.products.findIndex(({ id }) => id === 'a') ?? -1;
  expect(grid?.byProduct.people[a]).toBe(background.filter(({ product }) => product === 'a').length + 1);
  expect(await loadGrid(database, { run: 'replay-1', level: 'term', day: dayOf(now), windowDays: 365 })).toBe(
    undefined,
  );
});

test('a group of reactions is a signal beside a signal of its class that is not in the group', async () => {
  const itch = { id: 'skin-itch', group: 'itching' };
  const rash = { id: 'skin-rash', group: 'rashes' };
  const concepts = [itch, rash].map(({ id, group }) => ({
    id,
    term: id,
    classId: 'skin',
    className: 'SKIN',
    groups: [{ level: 'hlt', id: group, name: group }],
    synonyms: [],
  }));
  await writeTermLevels(database, createTerminology({ name: 'test', licence: 'none', concepts }));
  await tell(database, burst(now, 40, 10, { product: 'd', reaction: 'skin-rash' }, 4_000_000));
  const { detected } = await scan({ ...config, levels: ['hlt'] }, { database, clock }, now + 30);
  expect(detected.map(({ pair }) => [pair.product, pair.conceptId])).toEqual([['D', 'rashes']]);
});
