import type { Clock } from '../shared/clock.ts';
import type { WireChunk } from './event.ts';

/** The clock may be set while nobody looks, so no sleep is longer than this. */
const longestSleepMs = 1000;

/**
 * Gives out records when their time has come, those that are due together as one batch. Ends with the
 * signal, or with the records.
 */
export async function* paced(
  chunks: Iterable<WireChunk>,
  clock: Clock,
  signal: AbortSignal,
  maxBatch = 1000,
): AsyncGenerator<readonly WireChunk[], void> {
  const iterator = chunks[Symbol.iterator]();
  let next = iterator.next();
  while (!next.done && !signal.aborted) {
    const now = clock.now();
    const batch: WireChunk[] = [];
    while (!next.done && next.value.at <= now && batch.length < maxBatch) {
      batch.push(next.value);
      next = iterator.next();
    }
    if (batch.length > 0) yield batch;
    else if (!next.done) await clock.sleep(Math.min(longestSleepMs, next.value.at - now), signal);
  }
}
