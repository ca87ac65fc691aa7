import { errorCode } from '../shared/errors.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { LogDeps } from './deps.ts';
import { lagOf, type Consumer, type ConsumerOptions, type Log, type Outgoing } from './log.ts';

const lagEveryMs = 5000;

/** The same log, counting what is appended and consumed, and showing the lag of its consumers. */
export function metered(log: Log, deps: LogDeps): Log {
  return deps.metrics ? withMetrics(log, deps.metrics, deps) : log;
}

function withMetrics(log: Log, metrics: Metrics, { clock, logger }: LogDeps): Log {
  const count = (outputs: readonly Outgoing[]): void => {
    for (const { topic, entries } of outputs) metrics.appended.inc({ topic }, entries.length);
  };

  async function watchLag({ group, topics }: ConsumerOptions, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { topic, partition, lag } of await lagOf(log, group, topics)) {
          metrics.lag.set({ topic, partition, group }, lag);
        }
      } catch (error) {
        if (!signal.aborted) logger.debug({ group, code: errorCode(error) }, 'lag is not known');
      }
      await clock.sleep(lagEveryMs, signal);
    }
  }

  async function watched(options: ConsumerOptions): Promise<Consumer> {
    const inner = await log.consumer(options);
    const done = new AbortController();
    const watching = watchLag(options, done.signal);
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
      async [Symbol.asyncDispose]() {
        done.abort();
        await watching;
        await inner[Symbol.asyncDispose]();
      },
    };
  }

  return {
    driver: log.driver,
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
