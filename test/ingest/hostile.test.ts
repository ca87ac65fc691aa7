import { expect, test } from 'vitest';
import { attack, attacked } from '../hostile/attack.ts';

test.each(attacked)('%s: 2,000 damaged inputs', (file) => {
  const { records, accepted, slowest } = attack(file, 2000, 20_250_101);
  expect(records).toBeGreaterThan(1000);
  expect(accepted).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(2000);
});
