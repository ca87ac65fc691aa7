import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../../services/simulate/random.ts';
import { openClickhouse } from '../../services/store/databases/clickhouse/clickhouse.ts';
import { clickhouseConfig } from '../../services/store/databases/clickhouse/config.ts';
import { startEndpoint } from '../store/endpoint/harness.ts';
import { startProxy } from './proxy.ts';
import { report, setting } from './report.ts';
import { createScene } from './scene.ts';

/** How long the one long absence takes; ten minutes with an injected clock are a test of the stage. */
const awaySeconds = setting('FAULT_AWAY_SECONDS', 8);
const cuts = 20;

test(
  'the way to the database is cut in the middle of inserts, shortly and for long',
  { timeout: 300_000 + awaySeconds * 1000 },
  async () => {
    const server = await startEndpoint({ write: true, tables: 'none' });
    await using proxy = await startProxy(Number(new URL(server.url).port));
    const login = { username: 'reader', password: server.password };
    const direct = openClickhouse(clickhouseConfig.parse({ url: server.url, ...login }));
    const clickhouse = { url: `http://127.0.0.1:${proxy.port}`, ...login };
    const scene = await createScene({
      seed: 71,
      posts: 8000,
      pieces: cuts + 5,
      settings: { store: { driver: 'clickhouse', clickhouse, batch: { rows: 500, seconds: 0.05 } } },
    });
    await scene.prepareTables(direct);
    const rows = async (): Promise<number> => {
      const [found] = await direct.query<{ n: number }>('SELECT count() AS n FROM vigilstream.posts');
      return found?.n ?? 0;
    };
    const running = scene.start(['ingest', 'infer', 'store']);
    const random = createRandom(71);
    for (let cut = 0; cut < cuts; cut++) {
      scene.stream.grow();
      const before = await rows();
      await expect.poll(rows, { interval: 10, timeout: 60_000 }).toBeGreaterThan(before);
      await sleep(random.int(80));
      proxy.cut(random.chance(0.5));
      await sleep(50 + random.int(600));
      proxy.mend();
    }
    scene.stream.grow();
    proxy.cut();
    await sleep(1000);
    const before = await rows();
    await sleep(awaySeconds * 1000);
    expect(await rows()).toBe(before);
    expect(running.process.exitCode).toBeNull();
    const waits = running.written.stderr.split('nothing is lost meanwhile').length - 1;
    expect(waits, 'the cuts hit no insert').toBeGreaterThan(cuts / 4);
    proxy.mend();
    await expect.poll(rows, { interval: 50, timeout: 60_000 }).toBeGreaterThan(before);
    running.process.kill('SIGTERM');
    expect(await running.exit).toBe(0);
    const verdict = await scene.finish(direct);
    await direct[Symbol.asyncDispose]();
    await server.close();
    const { differences: _differences, ...figures } = verdict;
    report('database-away', { cuts, waits, awaySeconds, ...figures });
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, differences: [] });
    scene.remove();
  },
);
