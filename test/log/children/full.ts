import { createSqliteLog } from '../../../services/log/logs/sqlite.ts';
import { VigilError } from '../../../services/shared/errors.ts';
import { systemClock } from '../../../services/shared/clock.ts';
import { entry, logSettings, silentLogger } from '../../support/log-tools.ts';

/** Appends until the disk is full, then prints how that was said and how many records were accepted. */
process.on('SIGXFSZ', () => undefined);
const dataDir = process.argv[2] ?? '';
const log = await createSqliteLog(logSettings(), { clock: systemClock, logger: silentLogger, dataDir });
let accepted = 0;
try {
  for (;;) {
    await log.append([{ topic: 'posts', entries: [entry(`k${accepted}`, new Uint8Array(100_000))] }]);
    accepted++;
  }
} catch (error) {
  const { code, canRetry } = error instanceof VigilError ? error : { code: String(error), canRetry: false };
  console.log(JSON.stringify({ code, canRetry, accepted }));
}
process.exit(0);
