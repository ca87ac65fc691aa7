import { expect, test } from 'vitest';
import { logs } from '../../services/log/logs/index.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { entries, logSettings, positionsAfter, puller, silentLogger } from '../support/log-tools.ts';

test('counts what is appended and consumed, and says from the start that nothing was missed', async () => {
  const metrics = createMetrics();
  const settings = logSettings({ driver: 'memory', partitions: 2 });
  await using log = await logs.memory.create(settings, {
    clock: systemClock,
    logger: silentLogger,
    dataDir: '',
    metrics,
  });
  await log.createTopics([
    { name: 'posts', partitions: 'configured', retentionMs: 1e9, key: 'k' },
    { name: 'drops', partitions: 1, retentionMs: 1e9, key: 'k' },
  ]);
  await log.append([{ topic: 'posts', entries: entries(30) }]);
  const consumer = await log.consumer({
    group: 'g',
    topics: ['posts'],
    signal: new AbortController().signal,
  });
  const records = await puller(consumer).pull(30);
  await consumer.appendAndCommit([{ topic: 'drops', entries: entries(4) }], positionsAfter(records));
  await consumer[Symbol.asyncDispose]();
  const text = await metrics.registry.metrics();
  expect(text).toContain('vigilstream_log_records_appended_total{topic="posts"} 30');
  expect(text).toContain('vigilstream_log_records_appended_total{topic="drops"} 4');
  expect(text).toContain('vigilstream_log_records_consumed_total{topic="posts",group="g"} 30');
  expect(text).toContain('vigilstream_log_records_missed_total{topic="posts",group="g"} 0');
});
