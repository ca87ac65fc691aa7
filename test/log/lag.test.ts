import { expect, test } from 'vitest';
import { topics } from '../../schemas/topics.ts';
import { lagOf, type Log } from '../../services/log/log.ts';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { entries, logSettings, positionsAfter, puller } from '../support/log-tools.ts';

test('the lag never leaves out what is appended and committed while it is measured', async () => {
  const log = createMemoryLog(logSettings({ partitions: 1 }), { clock: systemClock });
  await log.createTopics(topics);
  await log.append([{ topic: 'posts', entries: entries(1) }]);
  await using consumer = await log.consumer({
    group: 'g',
    topics: ['posts', 'drops'],
    signal: new AbortController().signal,
  });
  const records = await puller(consumer).pull(1);
  // A stage that reads what it writes, as the store does with its dead letters.
  const step = async (): Promise<void> =>
    consumer.appendAndCommit([{ topic: 'drops', entries: entries(1) }], positionsAfter(records));
  const between: Log = {
    ...log,
    async committed(group, names) {
      await step();
      return await log.committed(group, names);
    },
  };
  const lags = await lagOf(between, 'g', ['posts', 'drops']);
  expect(lags.some(({ lag }) => lag > 0)).toBe(true);
});
