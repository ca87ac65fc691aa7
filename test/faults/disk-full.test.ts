import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, type TestContext } from 'vitest';
import { mountDisk, type SmallDisk } from './disk.ts';
import { crash, createScene, hasWritten, workBegins } from './scene.ts';

const stages = ['ingest', 'infer', 'store'] as const;
const cases = [
  {
    what: 'log',
    code: 'LOG_FULL',
    words: 'free some space and it goes on',
    on: (path: string) => ({ settings: { log: { sqlite: { path: join(path, 'log.sqlite') } } } }),
  },
  {
    what: 'store',
    code: 'DATABASE_FULL',
    words: 'make room',
    on: (path: string) => ({ settings: { store: { chdb: { path: join(path, 'store') } } } }),
  },
  {
    what: 'whole data folder',
    code: '_FULL',
    words: 'is full',
    on: (path: string) => ({ dataDir: join(path, 'data') }),
  },
];

function diskFor({ skip }: TestContext): SmallDisk {
  const disk = mountDisk(160);
  if (!disk) skip('only root may mount a small disk');
  return disk as SmallDisk;
}

describe.each(cases)('the disk of the $what is full', ({ code, words, on }) => {
  test('it says what to do, goes on by itself once there is room, and nothing is lost', async (context) => {
    using disk = diskFor(context);
    const scene = await createScene({ seed: 61, posts: 6000, pieces: 10, ...on(disk.path) });
    await scene.prepareTables();
    for (let piece = 0; piece < 2; piece++) scene.stream.grow();
    const running = scene.start(stages);
    expect(await hasWritten(running, workBegins(stages))).toBe(true);
    disk.fill(1_500_000);
    for (let piece = 0; piece < 3; piece++) scene.stream.grow();
    expect(await hasWritten(running, code), running.written.stderr.slice(-500)).toBe(true);
    expect(running.written.stderr).toContain(words);
    scene.stream.complete();
    await sleep(2000);
    expect(running.process.exitCode, running.written.stderr.slice(-500)).toBeNull();
    disk.makeRoom();
    await sleep(3000);
    running.process.kill('SIGTERM');
    expect(await running.exit).toBe(0);
    expect(await scene.finish()).toMatchObject({ lost: 0, doubled: 0, differences: [] });
    scene.remove();
  });

  test('it is killed while it waits, and starts again with room', async (context) => {
    using disk = diskFor(context);
    const scene = await createScene({ seed: 62, posts: 4000, pieces: 2, ...on(disk.path) });
    await scene.prepareTables();
    scene.stream.grow();
    disk.fill(1_500_000);
    const running = scene.start(stages);
    expect(await hasWritten(running, code)).toBe(true);
    await crash(running);
    disk.makeRoom();
    expect(await scene.finish()).toMatchObject({ lost: 0, doubled: 0, differences: [] });
    scene.remove();
  });
});
