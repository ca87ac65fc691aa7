import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signalConfig } from '../../services/signal/config.ts';
import { runSignal, type SignalDeps } from '../../services/signal/signal.ts';
import { VigilError } from '../../services/shared/errors.ts';
import type { ScanReport } from '../../services/signal/scan.ts';
import type { Database } from '../../services/store/database.ts';
import { openWorld, quiet } from '../store/world.ts';
import { burst, dayMs, murmur, tell } from './told.ts';

const start = Date.UTC(2026, 0, 5);
const end = start + 100 * dayMs - 3_600_000;
const config = signalConfig.parse({ every: 60, waitSeconds: 30 });

let database: Database;
beforeAll(async () => {
  database = await openWorld();
  await tell(database, murmur(start, 100));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

type Seen = { readonly at: number; readonly report: ScanReport };

/** Runs the stage until it has scanned so many times; time passes only while it sleeps. */
async function run(scans: number, more: Partial<SignalDeps> = {}, scanMs = 0): Promise<{ seen: Seen[] }> {
  let passed = 0;
  const seen: Seen[] = [];
  const stop = new AbortController();
  await runSignal(config, {
    database,
    clock: {
      now: () => end + passed,
      monotonic: () => passed,
      sleep: async (ms) => {
        passed += ms;
      },
    },
    logger: quiet,
    behind: async () => 0,
    onScan: (report) => {
      passed += scanMs;
      seen.push({ at: passed, report });
      if (seen.length === scans) stop.abort();
    },
    signal: stop.signal,
    ...more,
  });
  return { seen };
}

describe('the stage', () => {
  test('scans at once and then at its pace, and detects what came meanwhile', async () => {
    const { seen } = await run(3, {
      behind: async () => {
        await tell(database, burst(end, 30, 10, { product: 'd', reaction: 'skin-itch' }));
        return 0;
      },
    });
    expect(seen.map(({ at }) => at)).toEqual([0, 60_000, 120_000]);
    expect(seen.map(({ report }) => report.detected.length)).toEqual([1, 0, 0]);
  });

  test('scans less often where a scan takes long', async () => {
    const { seen } = await run(3, {}, 20_000);
    expect(seen.map(({ at }) => at)).toEqual([20_000, 120_000, 220_000]);
  });

  test('waits for posts that are on their way', async () => {
    let looks = 0;
    const { seen } = await run(1, { behind: async () => (++looks < 4 ? 100_000 : 0) });
    expect(seen.map(({ at }) => at)).toEqual([6000]);
  });

  test('but not for ever', async () => {
    const { seen } = await run(1, { behind: async () => 100_000 });
    expect(seen.map(({ at }) => at)).toEqual([30_000]);
  });

  test('tries again when the database is away, and ends when it is broken', async () => {
    let failures = 2;
    const flaky: Database = {
      ...database,
      query: (sql, options) => {
        if (failures-- > 0)
          return Promise.reject(new VigilError('DATABASE_AWAY', 'away', { canRetry: true }));
        return database.query(sql, options);
      },
    };
    const { seen } = await run(1, { database: flaky });
    expect(seen.map(({ at }) => at)).toEqual([120_000]);
    const broken: Database = {
      ...database,
      query: () => Promise.reject(new VigilError('DATABASE_BROKEN', 'a table is missing')),
    };
    await expect(run(1, { database: broken })).rejects.toMatchObject({ code: 'DATABASE_BROKEN' });
  });
});
