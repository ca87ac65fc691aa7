import { parseArgs } from 'node:util';
import { topics } from '../../../schemas/topics.ts';
import { logs } from '../../../services/log/logs/index.ts';
import { VigilError } from '../../../services/shared/errors.ts';
import { systemClock } from '../../../services/shared/clock.ts';
import { entry, logSettings, silentLogger, textOf } from '../../support/log-tools.ts';

/**
 * A process to be killed. It appends numbered posts together with the number it has reached, and in a
 * group it copies posts to analyses, each batch as one step. It prints a line when it is under way.
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    settings: { type: 'string' },
    role: { type: 'string' },
    most: { type: 'string' },
  },
});
const settings = logSettings(JSON.parse(values.settings ?? '{}') as Parameters<typeof logSettings>[0]);
const log = await logs[settings.driver].create(settings, {
  clock: systemClock,
  logger: silentLogger,
  dataDir: values.dir ?? '',
});
// As every stage does when it starts.
await log.createTopics(topics.filter(({ name }) => ['posts', 'analyses', 'cursors'].includes(name)));
const most = Number(values.most ?? Infinity);

async function produce(): Promise<void> {
  let next = 0;
  const forever = new AbortController().signal;
  for (const { first } of await log.ranges(['cursors'])) {
    for await (const { records } of log.read({ topic: 'cursors', partition: 0, offset: first }, forever)) {
      next = Number(
        textOf(records.at(-1) ?? { ...entry('', '0'), topic: 'cursors', partition: 0, offset: 0, time: 0 }),
      );
    }
  }
  while (next < most) {
    const count = 1 + Math.floor(Math.random() * 50);
    const posts = Array.from({ length: count }, (_, i) => entry(`post:${next + i}`, String(next + i)));
    next += count;
    await log.append([
      { topic: 'posts', entries: posts },
      { topic: 'cursors', entries: [entry('worker', String(next))] },
    ]);
  }
}

async function copy(): Promise<void> {
  await using consumer = await log.consumer({
    group: 'copy',
    topics: ['posts'],
    signal: new AbortController().signal,
    maxRecords: 40,
  });
  for await (const { topic, partition, records } of consumer) {
    const outputs = [
      { topic: 'analyses' as const, entries: records.map(({ key, value }) => ({ key, value })) },
    ];
    const position = { topic, partition, offset: (records.at(-1)?.offset ?? 0) + 1 };
    try {
      await consumer.appendAndCommit(outputs, [position]);
    } catch (error) {
      if (!(error instanceof VigilError) || error.code !== 'LOG_PARTITION_LOST') throw error;
    }
  }
}

console.log('ready');
await Promise.all([
  ...(values.role === 'copy' ? [] : [produce()]),
  ...(values.role === 'produce' ? [] : [copy()]),
]);
