import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createMetrics } from '../../services/shared/metrics.ts';
import { runStore, storeGroup } from '../../services/store/store.ts';
import { analysedEntries } from './samples.ts';
import { clock, countOf, newFolder, newLog, openWorld, quiet, settings } from './world.ts';

// A small file system of its own needs the right to mount one.
const disk = newFolder();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', disk]);
});

test.skipIf(!mounted)('a full disk stops consumption, and room lets it go on with nothing lost', async () => {
  const database = await openWorld(disk);
  const log = await newLog();
  await log.append([{ topic: 'analyses', entries: analysedEntries(0, 500) }]);
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  const stop = new AbortController();
  const metrics = createMetrics();
  const running = runStore(settings(), { log, database, clock, logger: quiet, metrics, signal: stop.signal });
  const down = async () => (await metrics.databaseDown.get()).values[0]?.value;
  await expect.poll(down, { timeout: 10_000 }).toBe(1);
  expect(await log.committed(storeGroup, ['analyses'])).toEqual([]);
  rmSync(ballast);
  await expect.poll(() => countOf(database, 'analyses'), { timeout: 15_000 }).toBe(500);
  await expect.poll(down, { timeout: 5000 }).toBe(0);
  stop.abort();
  await running;
  expect(await countOf(database, 'posts')).toBe(500);
  await database[Symbol.asyncDispose]();
});
