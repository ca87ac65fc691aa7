import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TopicSpec } from '../../schemas/topics.ts';
import { createSqliteLog, type SqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { crash, faultsIn, startWorker, untilCopied } from '../support/log-children.ts';
import { entries, logSettings, positionsAfter, puller, silentLogger } from '../support/log-tools.ts';

const specs: TopicSpec[] = [
  { name: 'posts', partitions: 4, retentionMs: 86_400_000, key: 'k' },
  { name: 'analyses', partitions: 4, retentionMs: 86_400_000, key: 'k' },
  { name: 'cursors', partitions: 1, retentionMs: null, key: 'k' },
];
const settings = { sqlite: { sessionTimeoutMs: 2000 } };
let dir: string;
let log: SqliteLog;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crash-'));
  log = await createSqliteLog(logSettings(settings), {
    clock: systemClock,
    logger: silentLogger,
    dataDir: dir,
  });
  await log.createTopics(specs);
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

describe('processes that die', () => {
  test('twenty kills at random points lose nothing and double nothing', async () => {
    for (let round = 0; round < 20; round++) {
      const child = await startWorker({ dir, settings, role: 'both' });
      await sleep(Math.random() * 250);
      await crash(child);
    }
    const child = await startWorker({ dir, settings, role: 'copy' });
    await untilCopied(log, 15_000);
    await crash(child);
    const faults = await faultsIn(log);
    expect(faults.posts).toBeGreaterThan(100);
    expect(faults).toMatchObject({ lost: 0, doubled: 0 });
  }, 60_000);

  test('a member that is killed is replaced at once, one that hangs within the session time-out', async () => {
    const mine = await log.consumer({
      group: 'copy',
      topics: ['posts'],
      signal: new AbortController().signal,
    });
    const { pull } = puller(mine);
    const other = await startWorker({ dir, settings, role: 'copy' });
    await sleep(500);
    await crash(other);
    await log.append([{ topic: 'posts', entries: entries(100) }]);
    const killed = performance.now();
    const records = await pull(100, 2000);
    expect(performance.now() - killed).toBeLessThan(2000);
    await mine.commit(positionsAfter(records));

    const hanging = await startWorker({ dir, settings, role: 'copy' });
    await sleep(500);
    hanging.kill('SIGSTOP');
    const before = performance.now();
    await log.append([{ topic: 'posts', entries: entries(100, (i) => `k${i}`, 100) }]);
    const later = await pull(100, 4000);
    expect(performance.now() - before).toBeLessThan(2600);
    await mine.appendAndCommit([{ topic: 'analyses', entries: later }], positionsAfter(later));
    // It wakes up with work in hand: none of that may be done now.
    hanging.kill('SIGCONT');
    await sleep(500);
    await crash(hanging);
    const analyses = await log.ranges(['analyses']);
    expect(analyses.reduce((sum, { next }) => sum + next, 0)).toBe(100);
    await mine[Symbol.asyncDispose]();
  }, 30_000);

  test('several processes may make the file at the same moment', async () => {
    const fresh = join(dir, 'fresh');
    const workers = await Promise.all(
      [0, 1, 2].map(() => startWorker({ dir: fresh, settings, role: 'copy' })),
    );
    expect(workers.map(({ exitCode }) => exitCode)).toEqual([null, null, null]);
    for (const worker of workers) await crash(worker);
  }, 30_000);

  test('a full disk is said so, nothing accepted is lost, and it goes on when there is space', async () => {
    await log.append([{ topic: 'posts', entries: entries(50) }]);
    await log[Symbol.asyncDispose]();
    const file = join(import.meta.dirname, 'children/full.ts');
    // Files that may not grow beyond 4 MB stand for the disk.
    const command = `ulimit -f 4096; exec "$0" --disable-warning=ExperimentalWarning "$1" "$2"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, file, dir]);
    const { code, canRetry, accepted } = JSON.parse(stdout) as {
      code: string;
      canRetry: boolean;
      accepted: number;
    };
    expect({ code, canRetry }).toEqual({ code: 'LOG_FULL', canRetry: true });
    expect(accepted).toBeGreaterThan(0);
    log = await createSqliteLog(logSettings(settings), {
      clock: systemClock,
      logger: silentLogger,
      dataDir: dir,
    });
    const total = async () => (await log.ranges(['posts'])).reduce((sum, { next }) => sum + next, 0);
    expect(await total()).toBe(50 + accepted);
    await log.append([{ topic: 'posts', entries: entries(10) }]);
    expect(await total()).toBe(60 + accepted);
  }, 30_000);
});
