import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../shared/clock.ts';
import { VigilError } from '../../../shared/errors.ts';
import { logClosed } from '../../faults.ts';
import { explain, isBusy } from './faults.ts';

type Job = {
  readonly work: () => unknown;
  readonly bytes: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

export type Writer = {
  /**
   * Runs `work` in a transaction that it may share with others, and resolves when that is durable. When
   * `work` throws a VigilError, its own changes alone are undone.
   * @param bytes how much it writes, roughly
   */
  run<T>(work: () => T, bytes?: number): Promise<T>;
  /** Finishes what was asked for and takes no more. */
  close(): Promise<void>;
};

const bytesPerTransaction = 8_388_608;
const busyLimitMs = 30_000;

/** Group commit: everything that is asked for while a transaction runs shares the next one, and its flush. */
export function createWriter(db: DatabaseSync, path: string, clock: Clock): Writer {
  let queue: Job[] = [];
  let draining: Promise<void> | undefined;
  let closed = false;

  async function begin(): Promise<void> {
    const since = clock.monotonic();
    for (;;) {
      try {
        db.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || clock.monotonic() - since > busyLimitMs) throw error;
        await clock.sleep(1 + Math.random() * 10);
      }
    }
  }

  function take(): Job[] {
    let bytes = 0;
    const more = queue.findIndex((job, i) => (bytes += job.bytes) > bytesPerTransaction && i > 0);
    const jobs = more === -1 ? queue : queue.slice(0, more);
    queue = more === -1 ? [] : queue.slice(more);
    return jobs;
  }

  /** Result of one job, or a function that throws what it threw. */
  function attempt(job: Job): () => unknown {
    db.exec('SAVEPOINT job');
    try {
      const value = job.work();
      db.exec('RELEASE job');
      return () => value;
    } catch (error) {
      if (!(error instanceof VigilError) || !db.isTransaction) throw error;
      db.exec('ROLLBACK TO job; RELEASE job');
      return () => {
        throw error;
      };
    }
  }

  async function flush(): Promise<void> {
    let jobs: Job[] = [];
    try {
      await begin();
      jobs = take();
      const results = jobs.map((job) => ({ job, result: attempt(job) }));
      db.exec('COMMIT');
      for (const { job, result } of results) {
        try {
          job.resolve(result());
        } catch (error) {
          job.reject(error);
        }
      }
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
      const why = explain(error, path);
      for (const job of jobs.length > 0 ? jobs : take()) job.reject(why);
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // Whoever asks in the same turn shares the flush.
      await turn();
      await flush();
    }
    draining = undefined;
  }

  return {
    async run<T>(work: () => T, bytes = 0): Promise<T> {
      if (closed) throw logClosed();
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, bytes, resolve: resolve as (value: unknown) => void, reject });
        draining ??= drain();
      });
    },
    async close() {
      closed = true;
      await draining;
    },
  };
}
