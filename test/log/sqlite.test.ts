import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteLog } from '../../services/log/logs/sqlite.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { logContract } from '../contract/log.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';

logContract('sqlite', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'log-'));
  const settings = logSettings({ sqlite: { sessionTimeoutMs: 1000 } });
  const deps = { clock: systemClock, logger: silentLogger, dataDir };
  const open = () => createSqliteLog(settings, deps);
  const others: Awaited<ReturnType<typeof open>>[] = [];
  const log = await open();
  return {
    log,
    settleMs: 500,
    async open() {
      const other = await open();
      others.push(other);
      return other;
    },
    async close() {
      for (const one of [...others, log]) await one[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    },
  };
});
