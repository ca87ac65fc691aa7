import type { Clock } from '../../../shared/clock.ts';
import { VigilError } from '../../../shared/errors.ts';

const closeWithinMs = 5000;

/** A client of the cluster that is replaced by a new one when it leaves a call unanswered. */
export type Renewable<C> = {
  /** @throws VigilError `LOG_AWAY` (canRetry) when the client does not answer in time */
  use<T>(work: (client: C) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/**
 * What `work` gives, if it does so in time. A broker that dies in the wrong moment leaves a call of the
 * client library without any answer, ever.
 * @throws VigilError `LOG_AWAY` (canRetry) after `ms`
 */
export async function within<T>(clock: Clock, ms: number, work: () => Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = clock.sleep(ms, answered.signal).then(() => {
    if (answered.signal.aborted) return undefined as never;
    throw new VigilError('LOG_AWAY', `the Kafka cluster did not answer within ${ms} ms`, { canRetry: true });
  });
  // Lost races are not heard.
  late.catch(() => undefined);
  try {
    return await Promise.race([work(), late]);
  } finally {
    answered.abort();
  }
}

/** Ends a client without waiting for one that hangs, or that fails to close. */
export async function closeSoon(clock: Clock, close: () => Promise<unknown>): Promise<void> {
  await within(clock, closeWithinMs, close).catch(() => undefined);
}

type RenewableOptions<C> = {
  readonly clock: Clock;
  readonly answerWithinMs: number;
  open(): C;
  close(client: C): Promise<unknown>;
};

/** Opens the first client with its first use. */
export function renewable<C>({ clock, answerWithinMs, open, close }: RenewableOptions<C>): Renewable<C> {
  let current: C | undefined;
  return {
    async use(work) {
      const client = (current ??= open());
      let settled = false;
      try {
        return await within(clock, answerWithinMs, () => work(client).finally(() => (settled = true)));
      } catch (error) {
        if (!settled && current === client) {
          current = undefined;
          void closeSoon(clock, () => close(client));
        }
        throw error;
      }
    },
    async close() {
      const client = current;
      if (client !== undefined) await closeSoon(clock, () => close(client));
    },
  };
}
