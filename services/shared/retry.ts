import type { Clock } from './clock.ts';
import { VigilError } from './errors.ts';

export type RetryOptions = {
  clock: Clock;
  signal: AbortSignal;
  /** First pause, doubled after every failure. */
  baseMs?: number;
  maxMs?: number;
  /** Failures after which the last error is thrown; endless by default. */
  attempts?: number;
  onFailure?: (error: unknown, pauseMs: number) => void;
};

/**
 * Repeats `work` while it fails with an error that a retry can help, with exponential pauses and jitter.
 * @throws the error itself when a retry cannot help, the attempts are used up or the signal has ended.
 */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, baseMs = 200, maxMs = 30_000, attempts = Infinity } = options;
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const helps = error instanceof VigilError && error.canRetry;
      if (!helps || failures >= attempts || signal.aborted) throw error;
      const pause = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 20)) * (0.5 + Math.random() / 2);
      options.onFailure?.(error, pause);
      await clock.sleep(pause, signal);
      if (signal.aborted) throw error;
    }
  }
}
