import { expect } from 'vitest';
import { killAtRandom } from './killer.ts';
import { report } from './report.ts';
import { createScene, type SceneOptions } from './scene.ts';

const whole = [['ingest', 'infer', 'store']] as const;
/** Two share the work of `infer`, so that each dies while the other lives. */
const single = [['ingest'], ['infer'], ['infer'], ['store']] as const;
/** A fresh world after this many kills, so that no table grows without bounds. */
const killsPerWorld = 100;

/**
 * Kills as many times as asked, in worlds of up to a hundred kills: a few of the very first starts, then
 * of the whole in one process, then of single stages. After each world the tables are compared with what
 * was sent.
 */
export async function campaign(
  name: string,
  kills: number,
  settings: (world: number) => NonNullable<SceneOptions['settings']>,
): Promise<void> {
  const began = performance.now();
  const total = {
    kills: 0,
    atWork: 0,
    posts: 0,
    deletions: 0,
    drops: 0,
    deadLetters: 0,
    lost: 0,
    doubled: 0,
  };
  const differences: string[] = [];
  for (let world = 0; total.kills < kills; world++) {
    const wanted = Math.min(killsPerWorld, kills - total.kills);
    const seed = 1000 + world;
    const pieces = wanted + 20;
    const scene = await createScene({ seed, posts: 100 * pieces, pieces, settings: settings(world) });
    const first = Math.max(1, Math.floor(wanted / 20));
    const add = ({ kills: done, atWork }: { kills: number; atWork: number }): void => {
      total.kills += done;
      total.atWork += atWork;
    };
    add(await killAtRandom(scene, { cast: whole, kills: first, seed, newborn: true }));
    await scene.prepareTables();
    const together = Math.floor((wanted - first) / 3);
    add(await killAtRandom(scene, { cast: whole, kills: together, seed: seed + 0.25 }));
    add(await killAtRandom(scene, { cast: single, kills: wanted - first - together, seed: seed + 0.5 }));
    const verdict = await scene.finish();
    for (const key of ['posts', 'deletions', 'drops', 'deadLetters', 'lost', 'doubled'] as const)
      total[key] += verdict[key];
    differences.push(...verdict.differences.map((one) => `world ${seed}: ${one}`));
    if (differences.length === 0) scene.remove();
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`${name}: ${JSON.stringify({ ...total, seconds })}\n`);
    if (differences.length > 0) process.stdout.write(`kept in ${scene.place.folder}\n`);
  }
  report(name, { ...total, seconds: Math.round((performance.now() - began) / 1000) });
  expect(differences).toEqual([]);
  expect(total).toMatchObject({ lost: 0, doubled: 0 });
  // Kills that hit nothing prove nothing.
  expect(total.atWork).toBeGreaterThan(kills / 4);
}
