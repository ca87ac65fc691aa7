import type { Metrics } from '../shared/metrics.ts';
import type { LogDeps } from './deps.ts';
import type { Consumer, ConsumerOptions, Log, Outgoing } from './log.ts';

/** The same log, counting what is appended and consumed. */
export function metered(log: Log, { metrics }: LogDeps): Log {
  return metrics ? withMetrics(log, metrics) : log;
}

function withMetrics(log: Log, metrics: Metrics): Log {
  const count = (outputs: readonly Outgoing[]): void => {
    for (const { topic, entries } of outputs) metrics.appended.inc({ topic }, entries.length);
  };

  async function watched(options: ConsumerOptions): Promise<Consumer> {
    const inner = await log.consumer(options);
    for (const topic of options.topics) metrics.missed.inc({ topic, group: options.group }, 0);
    return {
      async *[Symbol.asyncIterator]() {
        for await (const batch of inner) {
          metrics.consumed.inc({ topic: batch.topic, group: options.group }, batch.records.length);
          yield batch;
        }
      },
      commit: (positions) => inner.commit(positions),
      async appendAndCommit(outputs, positions) {
        await inner.appendAndCommit(outputs, positions);
        count(outputs);
      },
      seek: (position) => inner.seek(position),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }

  return {
    driver: log.driver,
    maxRecordBytes: log.maxRecordBytes,
    createTopics: (specs) => log.createTopics(specs),
    async append(outputs) {
      await log.append(outputs);
      count(outputs);
    },
    consumer: watched,
    ranges: (topics) => log.ranges(topics),
    committed: (group, topics) => log.committed(group, topics),
    positionsAt: (topic, time) => log.positionsAt(topic, time),
    read: (position, signal) => log.read(position, signal),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}
