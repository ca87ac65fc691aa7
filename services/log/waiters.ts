export type Waiters = {
  /** Counts the wakes: read it before looking for work, so that none in between is missed. */
  readonly count: number;
  /** Resolves once `count` is past the one given, or after `ms`; says whether it was woken. */
  wait(count: number, ms: number): Promise<boolean>;
  wake(): void;
};

/** Lets idle readers sleep until an append or a change of the group in the same process. */
export function createWaiters(): Waiters {
  const sleeping = new Set<(woken: boolean) => void>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    wait(since, ms) {
      if (since !== count) return Promise.resolve(true);
      return new Promise((resolve) => {
        const done = (woken: boolean) => {
          clearTimeout(timer);
          sleeping.delete(done);
          resolve(woken);
        };
        const timer = setTimeout(done, ms, false);
        sleeping.add(done);
      });
    },
    wake() {
      count++;
      for (const done of sleeping) done(true);
    },
  };
}
