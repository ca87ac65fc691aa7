import type { Clock } from '../shared/clock.ts';
import { VigilError } from '../shared/errors.ts';
import { padded, rowsFor, widthFor } from './batch.ts';
import type { Model } from './models/model.ts';
import type { WindowAnswer } from './decode.ts';

export type ScheduledAnswer = WindowAnswer & {
  /** This sequence's share of the time of its batch. */
  readonly milliseconds: number;
};

type Job = {
  readonly ids: Int32Array;
  /** Monotonic time from which on it waits no longer for company. */
  due: number;
  resolve(answer: ScheduledAnswer): void;
  reject(error: unknown): void;
};

export type Scheduler = {
  /**
   * Queues one token sequence.
   * @throws VigilError MODEL_POISON when the model fails on this sequence alone while it works on others;
   *   MODEL_RUN or MODEL_DIED when it works on none.
   */
  run(ids: Int32Array): Promise<ScheduledAnswer>;
  /** Nothing more is to come for now: what waits goes at once. */
  flush(): void;
  readonly pending: number;
};

/** One batch computes while the next one lies ready: with one, the device would wait for the main thread. */
const maxInFlight = 2;

/**
 * Groups sequences by padded width and hands them to the model in batches of few shapes: a width goes when
 * its batch is full, or when its oldest sequence has waited long enough.
 */
export function createScheduler(options: {
  model: Model;
  maxTokens: number;
  batchTokens: number;
  maxLatencyMs: number;
  padding: number;
  /** A sequence that every model can read, to tell a poisonous one from a broken model. */
  probe: Int32Array;
  clock: Clock;
  onBatch(tokens: number, milliseconds: number): void;
}): Scheduler {
  const { model, maxTokens, batchTokens, maxLatencyMs, padding, probe, clock, onBatch } = options;
  const queues = new Map<number, Job[]>();
  let inFlight = 0;
  let pending = 0;
  let asked = false;
  let sleeping = false;

  const compute = async (jobs: readonly Job[], width: number): Promise<void> => {
    const batch = padded(
      jobs.map(({ ids }) => ids),
      width,
      padding,
    );
    try {
      const { outputs, milliseconds } = await model.run(batch);
      onBatch(jobs.length * width, milliseconds);
      const share = milliseconds / jobs.length;
      jobs.forEach(({ resolve }, row) => resolve({ outputs, row, width, milliseconds: share }));
    } catch (error) {
      await split(jobs, width, error);
    }
  };

  /** Finds the sequence that the model cannot read by halves, so that the others get their answers. */
  const split = async (jobs: readonly Job[], width: number, error: unknown): Promise<void> => {
    const hopeless = error instanceof VigilError && error.code === 'MODEL_DIED';
    if (hopeless) {
      for (const { reject } of jobs) reject(error);
    } else if (jobs.length > 1) {
      const half = jobs.length >> 1;
      await compute(jobs.slice(0, half), width);
      await compute(jobs.slice(half), width);
    } else {
      let verdict = error;
      try {
        await model.run(padded([probe], probe.length, padding));
        verdict = new VigilError('MODEL_POISON', 'the model fails on one post and works on others', {
          cause: error,
        });
      } catch {
        // Not the post: the model itself is broken, and the first error says how.
      }
      for (const { reject } of jobs) reject(verdict);
    }
  };

  /** The width that should go next, if any should: that of the oldest overdue job, else a full one. */
  const choose = (now: number): number | undefined => {
    let full: number | undefined;
    let oldest: number | undefined;
    let earliest = Infinity;
    for (const [width, jobs] of queues) {
      const first = jobs[0];
      if (!first) continue;
      if (jobs.length * width >= batchTokens) full ??= width;
      if (first.due < earliest) {
        earliest = first.due;
        oldest = width;
      }
    }
    if (earliest <= now) return oldest;
    if (full === undefined && earliest < Infinity) wake(earliest - now);
    return full;
  };

  const pumpAfter = async (milliseconds: number): Promise<void> => {
    await clock.sleep(milliseconds);
    sleeping = false;
    pump();
  };
  const wake = (after: number): void => {
    if (sleeping) return;
    sleeping = true;
    void pumpAfter(Math.ceil(after));
  };

  const pump = (): void => {
    asked = false;
    while (inFlight < maxInFlight) {
      const width = choose(clock.monotonic());
      const queue = width === undefined ? undefined : queues.get(width);
      if (width === undefined || queue === undefined) return;
      const jobs = queue.splice(0, rowsFor(queue.length, width, batchTokens));
      inFlight++;
      void compute(jobs, width).finally(() => {
        inFlight--;
        pending -= jobs.length;
        pump();
      });
    }
  };
  /** After the present turn, when all posts that arrived together are queued. */
  const ask = (): void => {
    if (asked) return;
    asked = true;
    queueMicrotask(pump);
  };

  return {
    run(ids) {
      const { promise, resolve, reject } = Promise.withResolvers<ScheduledAnswer>();
      const width = widthFor(ids.length, maxTokens);
      const queue = queues.get(width) ?? [];
      queues.set(width, queue);
      queue.push({ ids, due: clock.monotonic() + maxLatencyMs, resolve, reject });
      pending++;
      ask();
      return promise;
    },
    flush() {
      for (const queue of queues.values()) for (const job of queue) job.due = 0;
      ask();
    },
    get pending() {
      return pending;
    },
  };
}
