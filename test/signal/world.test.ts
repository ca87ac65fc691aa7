import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTables, type Tables } from '../dashboards/world.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await createTables();
});
afterAll(() => tables.close());

test('of the simulated world, with its copies, faults, edits and deletions, the planted pair is the one signal', async () => {
  const { database } = tables;
  const signals = await database.query(
    `SELECT product, concept, level, state, criteria FROM vigilstream.signals_current`,
  );
  expect(signals).toEqual([
    {
      product: 'montelukast',
      concept: 'Nightmares',
      level: 'term',
      state: 'detected',
      criteria: 'rise@1',
    },
  ]);
});

test('people behind it are those that the table of mentions has, each text once', async () => {
  const { database } = tables;
  const [row] = await database.query<{ scored: number; counted: number }>(`
SELECT
    (SELECT n11 FROM vigilstream.pair_scores_latest WHERE level = 'term' AND product = 'montelukast' AND concept = 'Nightmares') AS scored,
    (SELECT uniqExact(author) FROM vigilstream.mentions_counted
      WHERE product = 'montelukast' AND concept = 'Nightmares' AND run = 'live') AS counted`);
  expect(row?.scored).toBe(row?.counted);
  expect(row?.scored).toBeGreaterThan(50);
});
