import type { Clock } from '../../shared/clock.ts';
import { Problem } from '../problem.ts';

const remembered = 10_000;

/**
 * Token buckets, one for each key, full at the first request and refilled evenly. The longest unused are
 * forgotten first, so that the table cannot be made to grow.
 * @throws Problem 429 with Retry-After when the bucket of a key is empty.
 */
export function createRateLimit(perMinute: number, clock: Clock): (key: string) => void {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMs = perMinute / 60_000;
  return function take(key) {
    const now = clock.monotonic();
    const bucket = buckets.get(key) ?? { tokens: perMinute, at: now };
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > remembered) buckets.delete(buckets.keys().next().value ?? '');
    bucket.tokens = Math.min(perMinute, bucket.tokens + (now - bucket.at) * perMs);
    bucket.at = now;
    if (bucket.tokens < 1) {
      const seconds = Math.ceil((1 - bucket.tokens) / perMs / 1000);
      throw new Problem(
        429,
        'Too many requests',
        { detail: `Wait ${seconds} s and try again.` },
        { 'Retry-After': String(seconds) },
      );
    }
    bucket.tokens -= 1;
  };
}
