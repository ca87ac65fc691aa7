import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exitCodes } from '../../services/cli/exit-codes.ts';
import { createPlace, runCommand, type Place } from '../support/monitor.ts';

// Whole processes on a machine that may be busy with others.
vi.setConfig({ testTimeout: 120_000 });

let place: Place;
beforeAll(async () => {
  place = await createPlace({ logging: { format: 'json' } });
  writeFileSync(join(place.folder, 'wrong.tsv'), '# known\nsome drug\trash\tyesterday\n');
});
afterAll(() => rmSync(place.folder, { recursive: true, force: true }));

test('a back-test of one simulated history comes as one document, with a page', async () => {
  const args = ['backtest', 'simulate', '--seeds', '21', '--json', '--page', 'report.html'];
  const { status, stdout, stderr } = await runCommand(place, args);
  expect({ status, stderr }).toEqual({ status: exitCodes.ok, stderr: '' });
  const report = JSON.parse(stdout) as { trials: number; contenders: { id: string; found: number }[] };
  expect(report.trials).toBe(1);
  expect(report.contenders[0]).toMatchObject({ id: 'rise@1' });
  expect(report.contenders[0]?.found).toBeGreaterThan(25);
});

test.each<[string, string[], RegExp]>([
  ['seeds that are none', ['backtest', 'simulate', '--seeds', '3-1'], /--seeds takes numbers and ranges/],
  [
    'a reference set with a wrong line',
    ['backtest', 'store', '--reference', 'wrong.tsv'],
    /line 2: .*neither a date/,
  ],
  ['a moment that is none', ['signals', 'scan', '--at', 'soon'], /--at takes a moment/],
])('%s: one clear line', async (_what, args, line) => {
  const { status, stderr } = await runCommand(place, args);
  expect({ status, lines: stderr.trim().split('\n') }).toEqual({
    status: exitCodes.usage,
    lines: [expect.stringMatching(line)],
  });
});
