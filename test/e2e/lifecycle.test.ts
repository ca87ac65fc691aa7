import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../services/cli/exit-codes.ts';
import { accountedFor, addCounts, createCounts, type Counts } from '../../services/ingest/counts.ts';
import { createWorld as createIngest } from '../ingest/world.ts';
import { until } from '../support/monitor.ts';
import {
  ask,
  createScene,
  keyOfPlace,
  remove,
  runCommand,
  sceneOfTest,
  startCommand,
  succeed,
  type Place,
} from './scene.ts';
import { namesOf, simulate, type Simulated } from './simulated.ts';

const root = join(import.meta.dirname, '..', '..');
const fixtures = join(root, 'test', 'fixtures', 'streams');

describe('start, stop and start again', () => {
  let place: Place;
  let simulated: Simulated;
  beforeAll(async () => {
    place = await createScene();
    simulated = await simulate(place.folder, { seed: 8, days: 8, postsPerDay: 250, signal: false });
    const file = join(place.folder, 'vigilstream.yaml');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    // Every post through the model, so that there is work in hand when the signal comes.
    const infer = { gate: { enabled: false } };
    const ingest = { sources: simulated.sources, batchRecords: 100 };
    writeFileSync(file, JSON.stringify({ ...settings, infer, ingest }));
  });
  afterAll(() => remove(place));

  /** Posts that the process which runs has analysed; what it has stored, and the page's totals, grow in large steps. */
  const analysed = async (): Promise<number> => {
    const response = await fetch(`${place.page}/metrics`);
    return Number(/stage_posts_total\{stage="infer"\} (\d+)/.exec(await response.text())?.[1] ?? 0);
  };
  const state = async (path: string): Promise<string> => {
    const response = await fetch(`${place.page}${path}`);
    return `${response.status} ${(await response.text()).split('\n')[0]}`;
  };

  /** Starts as a terminal would, waits for some work to be done, and presses Ctrl-C or sends a signal. */
  async function stopUnderLoad(signal: 'SIGTERM' | 'SIGINT'): Promise<number> {
    const env = { PATH: process.env['PATH'], HOME: place.folder, ...place.env };
    // A group of its own: Ctrl-C reaches all processes of a terminal's group.
    const child = spawn(process.execPath, [join(root, 'bin', 'vigilstream.js'), 'start'], {
      cwd: place.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const exit = once(child, 'close');
    await until('the page is there', async () => (await state('/healthz')) === '200 ok');
    await until('all is ready', async () => (await state('/readyz')) === '200 ready');
    expect(output).toMatch(
      new RegExp(
        `vigilstream +http://localhost:${place.env['VIGILSTREAM_CONSOLE_PORT']}|vigilstream +http://127.0.0.1:${place.env['VIGILSTREAM_CONSOLE_PORT']}`,
      ),
    );
    expect(await state('/metrics')).toMatch(/^200 # HELP/);
    let done = 0;
    await until('it works', async () => (done = await analysed()) > 0);
    const pressed = performance.now();
    if (signal === 'SIGINT') process.kill(-(child.pid ?? 0), 'SIGINT');
    else child.kill('SIGTERM');
    const [status] = (await exit) as [number];
    expect([status, output.slice(-600)]).toEqual([
      0,
      expect.stringContaining('everything that was finished is committed'),
    ]);
    expect(performance.now() - pressed).toBeLessThan(10_000);
    return done;
  }

  test('a signal under load ends it cleanly, and the next start goes on where it was', async () => {
    const { accepted } = simulated.expected.total;
    const done = (await stopUnderLoad('SIGTERM')) + (await stopUnderLoad('SIGINT'));
    expect(done).toBeLessThan(accepted);
    await succeed(place, ['run', 'ingest', 'infer', 'store', '--once']);
    const { postOf } = namesOf(keyOfPlace(place), simulated.events);
    const [rows] = await ask<Record<'posts' | 'analyses', string[]>>(
      place,
      'SELECT (SELECT groupArray(post_id) FROM posts) AS posts, (SELECT groupArray(post_id) FROM analyses) AS analyses',
    );
    const wanted = simulated.events
      .filter(({ outcome }) => outcome.type === 'accepted')
      .map(postOf)
      .sort();
    expect(wanted.length).toBe(accepted);
    expect(rows?.posts.toSorted()).toEqual(wanted);
    expect(rows?.analyses.toSorted()).toEqual(wanted);
  });

  test('the same command asks a running instance and the folder', async () => {
    const sql = 'SELECT toUInt32(count()) AS n FROM posts';
    const rest = await ask(place, sql);
    const monitor = startCommand(place, ['start']);
    await until('the endpoint is there', async () => (await fetch(`${place.endpoint}/ping`)).ok);
    expect(await ask(place, sql)).toEqual(rest);
    const { stdout } = await succeed(place, ['query', sql, '--json']);
    expect((JSON.parse(stdout) as { data: unknown }).data).toEqual(rest);
    const bad = await runCommand(place, ['query', 'SELECT nothing FROM posts']);
    expect([bad.status, bad.stderr]).toEqual([1, expect.stringMatching(/Code: 47.*nothing/)]);
    const { stdout: report } = await succeed(place, ['doctor']);
    const password = readFileSync(join(place.folder, 'secret', 'reader-password'), 'utf8').trim();
    expect(report).toContain(password);
    for (const { name } of simulated.sources) expect(report).toContain(`source ${name}`);
    monitor.process.kill('SIGTERM');
    expect(await monitor.exit).toBe(0);
  });
});

describe('the other commands', () => {
  let place: Place;
  beforeAll(async () => {
    place = await createScene();
  });
  afterAll(() => remove(place));

  const countsOf = async (args: readonly string[]): Promise<Counts> =>
    JSON.parse((await succeed(place, ['ingest', '--json', ...args])).stdout) as Counts;

  test('ingest accounts for every record of every format', async () => {
    const files = readdirSync(fixtures).map((name) => join(fixtures, name));
    const counts = await countsOf(files);
    expect(counts.accepted).toBeGreaterThan(files.length);
    expect(Object.keys(counts.deadLettered).length).toBeGreaterThan(3);
    expect(accountedFor(counts)).toBe(counts.read);
    expect(await countsOf(files)).toMatchObject({ read: 0 });
    const { stdout } = await succeed(place, ['ingest', join(fixtures, 'own.csv'), '--source', 'table']);
    expect(stdout).toMatch(/accepted +2\n/);
  });

  const samples = join(root, '..', 'shared', 'data', 'streams');
  test.skipIf(!existsSync(samples))(
    'ingest accounts for every record of the samples beside the project',
    async () => {
      const files = readdirSync(samples, { recursive: true, encoding: 'utf8' })
        .map((name) => join(samples, name))
        .filter((path) => statSync(path).isFile());
      expect(files.length).toBeGreaterThan(0);
      const sum = createCounts();
      await using world = await createIngest();
      for (const [index, file] of files.entries()) {
        const counts = await world.run([file]);
        expect([index, counts.read > 0, accountedFor(counts)]).toEqual([index, true, counts.read]);
        addCounts(sum, counts);
      }
      // The command comes to the same in a process of its own.
      const counts = await countsOf(['--source', 'samples', ...files]);
      expect(counts.read).toBe(sum.read);
      expect(accountedFor(counts)).toBe(sum.read);
    },
  );

  test('`run --once` that a signal ends says so by its status', async () => {
    const sources = [{ name: 'mine', driver: 'files', paths: [join(place.folder, 'mine.ndjson')] }];
    const own = await sceneOfTest({ ingest: { sources } });
    writeFileSync(join(place.folder, 'mine.ndjson'), '{"id": "1", "text": "ibuprofen gave me a rash"}\n');
    const { process: child, exit } = startCommand(own, ['run', 'ingest', 'infer', 'store', '--once']);
    await until('it runs', async () => existsSync(join(own.folder, '.vigilstream', 'log.sqlite')));
    child.kill('SIGTERM');
    expect(await exit).toBe(exitCodes.interrupted);
  });

  test('doctor, migrate, config and models', async () => {
    const before = JSON.parse((await succeed(place, ['doctor', '--json'])).stdout) as {
      what: string;
      state: string;
      detail: string;
    }[];
    expect(before.find(({ what }) => what === 'store')).toMatchObject({
      state: 'look',
      detail: expect.stringContaining('no data yet'),
    });
    expect(before.filter(({ state }) => state === 'wrong')).toEqual([]);
    const pending = JSON.parse((await succeed(place, ['migrate', '--status', '--json'])).stdout) as {
      state: string;
    }[];
    expect(new Set(pending.map(({ state }) => state))).toEqual(new Set(['pending']));
    expect((await succeed(place, ['migrate'])).stdout).toMatch(/^applied 0001_/);
    expect((await succeed(place, ['migrate'])).stdout).toBe('the tables are up to date\n');
    expect((await succeed(place, ['migrate', '--status'])).stdout).not.toContain('pending');
    expect(await ask(place, 'SELECT toUInt32(count()) AS n FROM posts')).toEqual([{ n: 0 }]);

    expect((await succeed(place, ['config', 'check'])).stdout).toContain(
      join(place.folder, 'vigilstream.yaml'),
    );
    const secret = 'a-password-that-nobody-may-see';
    const { stdout: shown } = await succeed(place, ['config', 'show'], {
      VIGILSTREAM_STORE_CLICKHOUSE_PASSWORD: secret,
    });
    expect(shown).toContain('***');
    expect(shown).not.toContain(secret);
    const { stdout: settingsPage } = await succeed(place, ['config', 'docs']);
    expect(settingsPage).toMatch(/`infer\.threads`.*VIGILSTREAM_INFER_THREADS/);
    const [verdict] = JSON.parse((await succeed(place, ['models', 'verify', '--json'])).stdout) as {
      ok: boolean;
    }[];
    expect(verdict?.ok).toBe(true);
  });
});
