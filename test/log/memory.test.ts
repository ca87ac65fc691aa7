import { createMemoryLog } from '../../services/log/logs/memory.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { logContract } from '../contract/log.ts';
import { logSettings } from '../support/log-tools.ts';

logContract('memory', async () => {
  const log = createMemoryLog(logSettings(), { clock: systemClock });
  return { log, settleMs: 300, open: async () => log, close: async () => log[Symbol.asyncDispose]() };
});
