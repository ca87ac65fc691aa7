import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exitCodes } from '../../services/cli/exit-codes.ts';
import { createPlace, runCommand, startCommand, until, type Place } from '../support/monitor.ts';

// Whole processes on a machine that may be busy with others.
vi.setConfig({ testTimeout: 120_000 });

let place: Place;
beforeAll(async () => {
  place = await createPlace({ logging: { format: 'json' } });
  writeFileSync(join(place.folder, 'wrong.tsv'), '# known\nsome drug\trash\tyesterday\n');
  writeFileSync(join(place.folder, 'known.tsv'), 'ibuprofen\trash\t2024-03-01\n');
  writeFileSync(join(place.folder, 'posts.ndjson'), '{"id": "1", "text": "ibuprofen gave me a rash"}\n');
  mkdirSync(join(place.folder, 'tmp'));
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
  ['no files to play', ['backtest', 'files', '--reference', 'known.tsv'], /name the files/],
  ['a moment that is none', ['signals', 'scan', '--at', 'soon'], /--at takes a moment/],
])('%s: one clear line', async (_what, args, line) => {
  const { status, stderr } = await runCommand(place, args);
  expect({ status, lines: stderr.trim().split('\n') }).toEqual({
    status: exitCodes.usage,
    lines: [expect.stringMatching(line)],
  });
});

describe('a back-test of files', () => {
  // Libraries leave files of their own there.
  const folders = (): string[] =>
    readdirSync(join(place.folder, 'tmp')).filter((name) => name.startsWith('vigilstream'));
  const start = (file: string) =>
    startCommand(place, ['backtest', 'files', file, '--reference', 'known.tsv'], {
      TMPDIR: join(place.folder, 'tmp'),
    });

  test('that are not there ends with one line and leaves nothing behind', async () => {
    const { exit, written } = start('nowhere.ndjson');
    expect([await exit, written.stderr]).toEqual([
      exitCodes.unavailable,
      expect.stringMatching(/^vigilstream: .*nowhere\.ndjson.*\n$/),
    ]);
    expect(folders()).toEqual([]);
  });

  test('that a signal ends plays no part of the history', async () => {
    const { process: child, exit, written } = start('posts.ndjson');
    await until('it reads', async () =>
      folders().some((folder) => existsSync(join(place.folder, 'tmp', folder, 'log.sqlite'))),
    );
    child.kill('SIGTERM');
    expect([await exit, written]).toEqual([exitCodes.interrupted, { stdout: '', stderr: '' }]);
    expect(folders()).toEqual([]);
  });
});
