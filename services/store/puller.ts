import type { Clock } from '../shared/clock.ts';

export type Step<T> =
  | { readonly kind: 'item'; readonly item: T }
  | { readonly kind: 'due' }
  | { readonly kind: 'end' };

/** Reads an iterable with a limit on the wait; what arrives after the limit is handed out at the next call. */
export function createPuller<T>(items: { [Symbol.asyncIterator](): AsyncIterator<T> }, clock: Clock) {
  const iterator = items[Symbol.asyncIterator]();
  let waiting: Promise<Step<T>> | undefined;

  return {
    /**
     * The next item, or `due` after `ms`. Also ends the wait when `other` fails, by throwing its error.
     */
    async next(ms: number | undefined, other: Promise<unknown>): Promise<Step<T>> {
      waiting ??= iterator
        .next()
        .then((step): Step<T> => (step.done === true ? { kind: 'end' } : { kind: 'item', item: step.value }));
      const limit = new AbortController();
      const failure = other.then(() => new Promise<never>(() => {}));
      const timer =
        ms === undefined ? [] : [clock.sleep(ms, limit.signal).then((): Step<T> => ({ kind: 'due' }))];
      try {
        const step = await Promise.race([waiting, failure, ...timer]);
        if (step.kind !== 'due') waiting = undefined;
        return step;
      } finally {
        limit.abort();
      }
    },
  };
}
