import type { Clock } from '../shared/clock.ts';

/** An answer is used for so many times as long as it took to get it. */
const rest = 20;

/**
 * Asks again and again, but never for more than a twentieth of the time: what is quick is asked whenever it is
 * wanted, what takes seconds every minute. Between, and for all who want it at once, there is one answer.
 * An answer that fails is wanted again.
 */
export function createSeldom<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly value: T; readonly goodUntil: number } | undefined;
  let pending: Promise<T> | undefined;

  async function renew(): Promise<T> {
    const began = clock.monotonic();
    const value = await ask();
    const at = clock.monotonic();
    last = { value, goodUntil: at + (at - began) * rest };
    return value;
  }

  return async function current() {
    if (last && clock.monotonic() < last.goodUntil) return last.value;
    pending ??= renew().finally(() => (pending = undefined));
    return pending;
  };
}
