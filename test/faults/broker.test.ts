import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { kafkaSuite } from '../support/kafka-suite.ts';
import { createScene, hasWritten, workBegins } from './scene.ts';

const restarts = 2;

await kafkaSuite('the broker', (broker) => {
  test('is killed and started again under load: the stages wait for it', async ({ skip }) => {
    skip(!broker().own, 'the broker is not ours to kill');
    const kafka = {
      brokers: [broker().address],
      topicPrefix: `restart${process.pid}-`,
      sessionTimeoutMs: 6000,
      transactionTimeoutMs: 5000,
    };
    const scene = await createScene({
      seed: 81,
      posts: 6000,
      pieces: 60,
      settings: { log: { driver: 'kafka', kafka } },
    });
    await scene.prepareTables();
    const parts = (['ingest', 'infer', 'store'] as const).map((stage) => {
      const running = scene.start([stage]);
      return { stage, running, ready: hasWritten(running, workBegins([stage])) };
    });
    for (const { stage, running, ready } of parts)
      expect(await ready, `${stage}: ${running.written.stderr.slice(-500)}`).toBe(true);
    const load = setInterval(() => scene.stream.grow(), 150);
    for (let restart = 0; restart < restarts; restart++) {
      await sleep(1500);
      await broker().kill();
      await sleep(2000);
      await broker().start();
    }
    await sleep(2000);
    clearInterval(load);
    for (const { stage, running } of parts) {
      running.process.kill('SIGTERM');
      expect(await running.exit, `${stage}: ${running.written.stderr.slice(-500)}`).toBe(0);
    }
    expect(await scene.finish()).toMatchObject({ lost: 0, doubled: 0, differences: [] });
    scene.remove();
  });
});
