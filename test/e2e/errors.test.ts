import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { exitCodes } from '../../services/cli/exit-codes.ts';
import { openEngine } from '../../services/store/databases/chdb/engine.ts';
import { createScene, remove, runCommand, sceneOfTest, type Place } from './scene.ts';

const shipped = join(import.meta.dirname, '..', '..', 'models', 'vigil-minilm');

/** The lines that a person reads: not those of the log, which are JSON. */
const wordsOf = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));

let place: Place;
/** It waits for half a minute before it gives up: long enough for all other tests. */
let brokerAway: Promise<{ status: number; stderr: string; seconds: number }>;
beforeAll(async () => {
  place = await createScene();
  const started = performance.now();
  const set = ['--set', 'log.driver=kafka', '--set', 'log.kafka.brokers=[127.0.0.1:9]'];
  brokerAway = runCommand(place, [...set, 'run', 'infer']).then((result) => ({
    ...result,
    seconds: (performance.now() - started) / 1000,
  }));
});
afterAll(() => remove(place));

/** Runs a command that must end with a status and one line. */
async function refused(
  args: readonly string[],
  status: number,
  line: RegExp,
  where = place,
  env: Record<string, string> = {},
) {
  const { status: ended, stderr } = await runCommand(where, args, env);
  expect({ status: ended, lines: wordsOf(stderr) }).toEqual({
    status,
    lines: [expect.stringMatching(line)],
  });
}

describe('the settings', () => {
  const { configuration } = exitCodes;
  test.each<[string, string[], RegExp, Record<string, string>]>([
    ['a key with a typing error', ['--set', 'infer.modle=x'], /infer\.modle.*infer\.model/, {}],
    ['a value that is not allowed', ['--set', 'log.driver=kafak'], /log\.driver.*sqlite.*kafka/, {}],
    [
      'a text that may not fit into a record of the log',
      ['--set', 'ingest.maxTextLength=400000'],
      /ingest\.maxTextLength.*log\.maxRecordBytes 2097152 at most 338602/,
      {},
    ],
    [
      'a variable with a typing error',
      [],
      /VIGILSTREAM_CONSOLE_PROT.*VIGILSTREAM_CONSOLE_PORT/,
      { VIGILSTREAM_CONSOLE_PROT: '1' },
    ],
    ['a file that is not there', ['--config', 'nowhere.yaml'], /nowhere\.yaml/, {}],
  ])('%s', (_name, args, line, env) =>
    refused([...args, 'config', 'check'], configuration, line, place, env),
  );

  test.each([
    ['a key with a typing error', 'inger:\n  threads: 2\n', /inger.*(infer|ingest)/],
    ['wrong syntax', 'infer:\n  threads: [1\n', /wrong\.yaml:\d+:\d+: not valid YAML/],
    ['a value that is not allowed', 'infer:\n  device: gpu\n', /infer\.device.*cpu.*cuda.*webgpu/],
  ])('%s in the file', async (_name, text, line) => {
    const file = join(place.folder, 'wrong.yaml');
    writeFileSync(file, text);
    await refused(['--config', file, 'config', 'check'], configuration, line);
  });
});

describe('the command line', () => {
  test.each<[string, string[], RegExp]>([
    ['a command with a typing error', ['strat'], /start/],
    ['an option with a typing error', ['analyse', 'x.csv', '--text-feild', 'body'], /--text-field/],
    ['a command below a command', ['config', 'shwo'], /show/],
    ['an unknown stage', ['run', 'ingest', 'stroe'], /store/],
    ['an unknown format', ['ingest', '--format', 'tweets', 'x'], /pushshift/],
  ])('%s', async (_name, args, suggestion) => {
    const { status, stderr } = await runCommand(place, args);
    expect(status).toBe(exitCodes.usage);
    expect(stderr).toMatch(suggestion);
    expect(wordsOf(stderr).length).toBeLessThanOrEqual(2);
  });

  test.each(['Twitter Export', ''])('a name %j that no source can have', (name) =>
    refused(['ingest', '--source', name, 'one.csv'], exitCodes.usage, /--source .*small letters/),
  );

  test('an unknown task', async () => {
    writeFileSync(join(place.folder, 'one.csv'), 'text\nhello\n');
    await refused(['analyse', 'one.csv', '--tasks', 'adverse'], exitCodes.usage, /adverse_effect/);
  });
});

describe('what is missing, damaged or in use', () => {
  const { unavailable } = exitCodes;

  test.each([
    ['ingest', ['ingest', 'nowhere.ndjson']],
    ['analyse', ['analyse', 'nowhere.ndjson']],
    [
      'a source',
      [
        '--set',
        'ingest.sources=[{name: mine, driver: files, paths: [nowhere.ndjson]}]',
        'run',
        'ingest',
        '--once',
      ],
    ],
  ])('a missing input file: %s', (_name, args) => refused(args, unavailable, /nowhere\.ndjson/));

  test('a missing model', async () => {
    await refused(
      ['--set', 'infer.model=models/none', 'run', 'infer'],
      unavailable,
      /models\/none.*infer\.model/,
    );
    await refused(['analyse', '--model', 'none', 'one.csv'], unavailable, /none/);
  });

  test('a broken model: one byte is another', async () => {
    const bundle = join(place.folder, 'broken');
    cpSync(shipped, bundle, { recursive: true });
    const file = openSync(join(bundle, 'model.onnx'), 'r+');
    const at = 5_000_000;
    writeSync(file, Buffer.from([(readFileSync(join(bundle, 'model.onnx'))[at] ?? 0) ^ 1]), 0, 1, at);
    closeSync(file);
    await refused(['--set', `infer.model=${bundle}`, 'run', 'infer'], unavailable, /model\.onnx/);
    const { status, stdout } = await runCommand(place, ['models', 'verify', bundle, shipped]);
    expect(status).toBe(exitCodes.failed);
    expect(stdout).toMatch(/BROKEN/);
    expect(stdout).toMatch(/whole/);
  });

  test.each([
    ['console.port', 'VIGILSTREAM_CONSOLE_PORT', ['run', 'console']],
    ['endpoint.port', 'VIGILSTREAM_ENDPOINT_PORT', ['run', 'store']],
    ['monitor.port', 'VIGILSTREAM_MONITOR_PORT', ['run', 'infer']],
  ])('a port in use: %s', async (setting, variable, args) => {
    const own = await sceneOfTest();
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const line = new RegExp(`port ${port}.*${setting.replace('.', '\\.')}`);
    await refused(args, unavailable, line, own, { [variable]: port });
  });

  test('a data folder that another process holds, and one without data', async () => {
    const own = await sceneOfTest();
    const path = join(own.folder, '.vigilstream', 'store');
    await refused(['query', 'SELECT 1'], unavailable, /no data yet.*vigilstream start/, own);
    const engine = await openEngine({ path });
    try {
      for (const args of [['run', 'store'], ['query', 'SELECT 1'], ['migrate']]) {
        await refused(args, unavailable, /another process holds the data folder .*store/, own);
      }
    } finally {
      await engine.close();
    }
    await refused(['query', 'SELECT 1'], unavailable, /no data yet/, own);
  });

  test('a broker that is not there: a bounded wait, then one line', async () => {
    const { status, stderr, seconds } = await brokerAway;
    expect({ status, lines: wordsOf(stderr) }).toEqual({
      status: unavailable,
      lines: [expect.stringMatching(/cannot be reached.*log\.kafka\.brokers/)],
    });
    expect(seconds).toBeLessThan(90);
  });

  const root = process.getuid?.() === 0 && process.platform === 'linux';
  test.skipIf(!root)('a full disk (needs root for a small file system; left out without)', async () => {
    const own = await sceneOfTest();
    const small = join(own.folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'none', small]);
    onTestFinished(() => void execFileSync('umount', ['-l', small]));
    const lines = Array.from({ length: 12_000 }, (_, id) =>
      JSON.stringify({
        id,
        text: `no two posts say the same ${id} ${Math.sin(id)}`.repeat(8),
        created_at: '2025-01-01',
      }),
    );
    writeFileSync(join(own.folder, 'many.ndjson'), lines.join('\n'));
    await refused(['--set', `dataDir=${small}`, 'ingest', 'many.ndjson'], unavailable, /(disk|space)/i, own);
  });
});
