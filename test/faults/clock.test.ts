import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { killAtRandom } from './killer.ts';
import { createScene } from './scene.ts';

const hour = 3_600_000;
const preload = pathToFileURL(join(import.meta.dirname, 'children', 'stepping-clock.ts')).href;

test('clocks that are set back and forth while stages run and die change nothing', async () => {
  const scene = await createScene({ seed: 91, posts: 3000, pieces: 25 });
  await scene.prepareTables();
  await killAtRandom(scene, {
    cast: [['ingest'], ['infer'], ['infer'], ['store']],
    kills: 20,
    seed: 91,
    env: (random) => {
      const back = `${500 + random.int(2000)}:-${random.int(2 * hour)}`;
      const forth = `${500 + random.int(3000)}:${random.int(hour)}`;
      return { NODE_OPTIONS: `--import=${preload}`, FAULT_CLOCK: `${back},${forth}` };
    },
  });
  expect(await scene.finish()).toMatchObject({ lost: 0, doubled: 0, differences: [] });
  const [seen] = await scene.query<{ minutes: number }>(
    "SELECT dateDiff('minute', min(seen_at), max(seen_at)) AS minutes FROM vigilstream.posts",
  );
  expect(seen?.minutes, 'the clocks did not step').toBeGreaterThan(30);
  scene.remove();
});
