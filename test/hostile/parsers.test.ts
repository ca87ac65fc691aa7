import { expect, test } from 'vitest';
import { attack, attacked } from './attack.ts';

const runs = Number(process.env['HOSTILE_RUNS'] ?? 1_000_000);
const seed = Number(process.env['HOSTILE_SEED'] ?? Date.now() % 1_000_000);

test.each(attacked)(`%s: ${runs} damaged inputs, seed ${seed}`, { timeout: 3_600_000 }, (file) => {
  const before = process.memoryUsage().rss;
  let slowest = 0;
  // In slices, so that the index of one does not hide what the next does.
  for (let left = runs, slice = 0; left > 0; left -= 20_000, slice++) {
    const result = attack(file, Math.min(left, 20_000), seed + slice);
    expect(result.records).toBeGreaterThan(0);
    slowest = Math.max(slowest, result.slowest);
  }
  expect(slowest).toBeLessThan(2000);
  expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 * 1024);
});
