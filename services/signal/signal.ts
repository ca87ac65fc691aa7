import type { Clock } from '../shared/clock.ts';
import { errorCode, VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Database } from '../store/database.ts';
import type { SignalConfig } from './config.ts';
import { scan, type ScanReport } from './scan.ts';

export type SignalDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Records that are on their way to the tables. */
  readonly behind: () => Promise<number>;
  /** Told of every scan that was completed. */
  readonly onScan: (report: ScanReport) => void;
  readonly signal: AbortSignal;
};

const lookMs = 2000;
/** A scan of very many pairs comes less often, so that scanning never takes more than a fifth of the time. */
const restPerWork = 4;
/** So many records on their way change no count that matters. */
const nearlyNothing = 500;

/**
 * Scans all pairs every `every` seconds, or less often where a scan takes long, until the signal ends; the first time as soon as what is on its way has been
 * stored, so that half a history is not taken for the whole. A database that is away is tried again at the next turn.
 * @throws VigilError when the tables are broken.
 */
export async function runSignal(config: SignalConfig, deps: SignalDeps): Promise<void> {
  const { clock, logger, signal } = deps;
  let failing = false;

  /** Waits for posts on their way, but not for ever: a stage that is always behind must not silence the signals. */
  async function settle(): Promise<void> {
    const until = clock.monotonic() + config.waitSeconds * 1000;
    while (!signal.aborted && (await deps.behind()) > nearlyNothing && clock.monotonic() < until)
      await clock.sleep(lookMs, signal);
  }

  while (!signal.aborted) {
    await settle();
    if (signal.aborted) return;
    const began = clock.monotonic();
    try {
      const report = await scan(config, deps);
      deps.onScan(report);
      if (failing) logger.info('the scan of signals works again');
      failing = false;
      for (const { signalId, criteria, pair } of report.detected)
        logger.info({ signalId, criteria, level: pair.level }, 'a signal was detected');
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof VigilError) || !error.canRetry) throw error;
      if (!failing) logger.warn({ code: errorCode(error) }, 'the scan of signals has to wait');
      failing = true;
    }
    const took = clock.monotonic() - began;
    await clock.sleep(Math.max(config.every * 1000 - took, restPerWork * took), signal);
  }
}
