import { test } from 'vitest';
import { campaign } from './campaign.ts';
import { setting } from './report.ts';

const kills = setting('FAULT_ROUNDS_SQLITE', 1000);

test(
  'kills at random points, of the whole and of single stages, on SQLite and the embedded store',
  { timeout: 600_000 + kills * 10_000 },
  () => campaign('kill-sqlite', kills, () => ({ log: { driver: 'sqlite' } })),
);
