import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, hashOf, type Random } from '../../services/simulate/random.ts';
import { crash, hasWritten, workBegins, type Scene, type Stages } from './scene.ts';

export type Kills = {
  readonly kills: number;
  /** Kills of a process that had begun its work; the others hit one that was starting. */
  readonly atWork: number;
};

export type KillOptions = {
  /** One process for each element, with these stages. */
  readonly cast: readonly Stages[];
  readonly kills: number;
  readonly seed: number;
  /** Only starts are cut off, and nothing is there to be read yet. */
  readonly newborn?: boolean;
  /** What each process finds in its environment. */
  readonly env?: (random: Random) => Record<string, string>;
};

/** Every process on a schedule of its own: from 50 ms after its start, half of them after work has begun. */
async function surviveUntilKilled(
  scene: Scene,
  stages: Stages,
  random: Random,
  { newborn = false, env = () => ({}) }: KillOptions,
): Promise<boolean> {
  const early = newborn || random.chance(0.4);
  const startMs = 50 + random.int(1950);
  const workMs = random.int(random.chance(0.7) ? 300 : 2000);
  const running = scene.start(stages, { env: env(random) });
  const working = hasWritten(running, workBegins(stages));
  let atWork = false;
  if (early) {
    atWork = await Promise.race([sleep(startMs).then(() => false), working]);
    if (atWork) await sleep(random.int(200));
  } else {
    atWork = await working;
    await sleep(workMs);
  }
  await crash(running);
  return atWork;
}

/**
 * Kills processes with SIGKILL at random moments and starts them again, until there were `kills` kills.
 * The processes live side by side; with every start the stream grows, so that there is always work.
 */
export async function killAtRandom(scene: Scene, options: KillOptions): Promise<Kills> {
  const { cast, kills, seed, newborn = false } = options;
  let [begun, atWork] = [0, 0];
  const role = async (stages: Stages, index: number): Promise<void> => {
    const random = createRandom(hashOf(seed, 'kills', index));
    while (begun < kills) {
      begun++;
      if (!newborn) scene.stream.grow();
      if (await surviveUntilKilled(scene, stages, random, options)) atWork++;
    }
  };
  await Promise.all(cast.map(role));
  return { kills: begun, atWork };
}
