import type { Consumer, Entry, Outgoing, Position } from '../log/log.ts';
import { VigilError } from '../shared/errors.ts';
import { retry, type RetryOptions } from '../shared/retry.ts';

/** What one batch of the log came to. */
export type Outcome = {
  readonly analyses: Entry[];
  readonly deadLetters: Entry[];
  /** Called once it is durable. */
  committed(): void;
};

type Work = {
  readonly partition: number;
  readonly first: number;
  /** One past the last record. */
  readonly next: number;
  readonly weight: number;
  outcome: Outcome | undefined;
};

export type CommitWindow = {
  /**
   * Takes the batch in; waits while too much is unfinished.
   * @throws the error with which any earlier batch or commit has failed.
   */
  add(
    batch: { partition: number; first: number; next: number; weight: number },
    outcome: Promise<Outcome>,
  ): Promise<void>;
  /** Resolves when everything taken in is committed. @throws as `add`. */
  drain(): Promise<void>;
};

const mostUnfinished = 64;

/**
 * Commits batches in the order in which they were taken in, whatever finishes first: only the finished
 * head of the window is written, outputs and position in one step. Meanwhile later batches go on.
 */
export function createCommitWindow(options: {
  consumer: Consumer;
  maxWeight: number;
  retry: RetryOptions;
  /** A partition has moved to another member: all work that was not committed is forgotten. */
  onLost(): void;
  /** Nothing more will be committed; `add` and `drain` throw why. */
  onFailure(): void;
}): CommitWindow {
  const { consumer, maxWeight, onLost, onFailure } = options;
  let window: Work[] = [];
  let weight = 0;
  let committing = false;
  let failure: { error: unknown } | undefined;
  let changed = Promise.withResolvers<void>();

  const announce = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    onFailure();
    announce();
  };

  /** Writes finished work of one or more partitions. @returns false when a partition is no longer ours. */
  const write = (works: readonly Work[]): Promise<boolean> => {
    const positions = new Map<number, Position>();
    for (const { partition, next } of works)
      positions.set(partition, { topic: 'posts', partition, offset: next });
    const analyses = works.flatMap(({ outcome }) => outcome?.analyses ?? []);
    const letters = works.flatMap(({ outcome }) => outcome?.deadLetters ?? []);
    const outputs: Outgoing[] = [];
    if (analyses.length > 0) outputs.push({ topic: 'analyses', entries: analyses });
    if (letters.length > 0) outputs.push({ topic: 'dead-letters', entries: letters });
    return retry(async () => {
      try {
        await consumer.appendAndCommit(outputs, [...positions.values()]);
        return true;
      } catch (error) {
        if (error instanceof VigilError && error.code === 'LOG_PARTITION_LOST') return false;
        throw error;
      }
    }, options.retry);
  };

  const commitHeads = async (): Promise<void> => {
    for (;;) {
      const unfinished = window.findIndex(({ outcome }) => outcome === undefined);
      const ready = unfinished < 0 ? [...window] : window.slice(0, unfinished);
      if (ready.length === 0) {
        // In the same turn as the look at the window, so that no outcome falls between.
        committing = false;
        return;
      }
      if (await write(ready)) {
        window = window.slice(ready.length);
        for (const work of ready) {
          weight -= work.weight;
          work.outcome?.committed();
        }
      } else {
        // The log hands out again whatever this member still holds, from the committed positions.
        window = [];
        weight = 0;
        onLost();
      }
      announce();
    }
  };

  const pump = (): void => {
    if (committing || failure) return;
    committing = true;
    commitHeads().catch(fail);
  };

  const until = async (free: () => boolean): Promise<void> => {
    for (;;) {
      if (failure) throw failure.error;
      if (free()) return;
      await changed.promise;
    }
  };

  const finish = async (work: Work, outcome: Promise<Outcome>): Promise<void> => {
    try {
      work.outcome = await outcome;
      pump();
    } catch (error) {
      fail(error);
    }
  };

  return {
    async add(batch, outcome) {
      const work: Work = { ...batch, outcome: undefined };
      window.push(work);
      weight += work.weight;
      void finish(work, outcome);
      await until(() => weight < maxWeight && window.length < mostUnfinished);
    },
    drain: () => until(() => window.length === 0),
  };
}
