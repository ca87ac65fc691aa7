import { setTimeout as wait } from 'node:timers/promises';
import { isAbort } from './errors.ts';

export type Clock = {
  /** Milliseconds since 1970 UTC. May step backwards when the machine's time is set. */
  now(): number;
  /** Milliseconds that never step backwards, from an arbitrary origin. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal ends; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  },
};
