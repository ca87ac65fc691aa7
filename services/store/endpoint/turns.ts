import { Refusal } from './errors.ts';

export type Turns = {
  /** Waits for a turn; the returned function gives it back. Gives up when the signal ends. */
  take(signal: AbortSignal): Promise<() => void>;
};

/**
 * Lets `count` run at a time and up to `waiting` wait in the order in which they came, at most `ms` each.
 * A dashboard asks for its twenty panels at once: they wait a moment and are not refused.
 */
export function createTurns(count: number, waiting: number, ms: number): Turns {
  let running = 0;
  const queue: (() => void)[] = [];
  const busy = () =>
    new Refusal(
      202,
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `Too many simultaneous queries. Maximum: ${count}`,
      'busy',
    );

  /** The turn goes straight to the next in line, so that nobody slips in between. */
  function giveBack(): void {
    const next = queue.shift();
    if (next) next();
    else running--;
  }

  return {
    async take(signal) {
      if (running < count) {
        running++;
      } else {
        if (queue.length >= waiting) throw busy();
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const leave = () => {
          const place = queue.indexOf(resolve);
          if (place >= 0) queue.splice(place, 1);
          reject(busy());
        };
        const timer = setTimeout(leave, ms);
        signal.addEventListener('abort', leave, { once: true });
        queue.push(resolve);
        try {
          await promise;
        } finally {
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
        }
      }
      let given = false;
      return () => {
        if (!given) giveBack();
        given = true;
      };
    },
  };
}
