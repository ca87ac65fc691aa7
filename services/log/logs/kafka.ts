import { topicNames, type TopicName } from '../../../schemas/topics.ts';
import { errorCode } from '../../shared/errors.ts';
import { retry } from '../../shared/retry.ts';
import type { LogDeps } from '../deps.ts';
import { logClosed } from '../faults.ts';
import { groupConsumer } from '../group-consumer.ts';
import { resolveTopic, type LogLimits, type ResolvedTopic } from '../limits.ts';
import type { Consumer, Log, Outgoing } from '../log.ts';
import { missedTeller } from '../missed.ts';
import { spread, type Share } from '../spread.ts';
import { createClients, rebalanceMs } from './kafka/client.ts';
import type { KafkaConfig } from './kafka/config.ts';
import { explain, hasApiId } from './kafka/faults.ts';
import { endAt, endHanging, openOf } from './kafka/hanging.ts';
import { joinKafkaGroup } from './kafka/member.ts';
import { endOrphans, writerId } from './kafka/orphans.ts';
import { createReader } from './kafka/reader.ts';
import { renewable } from './kafka/renewable.ts';
import { createTransactor, type Transactor } from './kafka/transactor.ts';

// About half a minute: whoever starts wants to know soon that the cluster is not there.
const attemptsAtStart = 12;
// Past the client's own time-out of a request, which names the cause better.
const patienceMs = 5000;
const sweepEveryMs = 10_000;

/**
 * The log in an Apache Kafka cluster of version 4 or newer. Every append is a transaction, so that it is
 * whole in all its partitions or not there; readers see finished transactions only.
 * @throws VigilError `LOG_AWAY` (canRetry), `LOG_REFUSED`
 */
export async function createKafkaLog(
  config: LogLimits & { readonly kafka: KafkaConfig },
  deps: Pick<LogDeps, 'clock' | 'logger' | 'metrics'>,
): Promise<Log> {
  const { clock, logger } = deps;
  const { kafka } = config;
  const clients = createClients(kafka);
  const ending = new AbortController();
  const members = new Set<Consumer>();
  const nameOf = (name: string): string => `${kafka.topicPrefix}${name}`;
  const topicOf = (name: string): TopicName =>
    topicNames.find((topic) => nameOf(topic) === name) ?? (name as TopicName);

  async function attempt<T>(doing: string, work: () => Promise<T>, attempts = Infinity): Promise<T> {
    let failures = 0;
    return retry(
      async () => {
        if (ending.signal.aborted) throw logClosed();
        try {
          return await work();
        } catch (error) {
          throw explain(error, doing);
        }
      },
      {
        clock,
        signal: ending.signal,
        baseMs: 100,
        maxMs: 5000,
        attempts,
        onFailure: (error) => {
          if (++failures % 10 === 4) logger.warn({ code: errorCode(error), doing, failures }, 'trying again');
        },
      },
    );
  }

  const answerWithinMs = kafka.requestTimeoutMs + patienceMs;
  const admin = renewable({
    clock,
    answerWithinMs,
    open: clients.admin,
    close: (client) => client.close(),
  });
  const openConsumer = () => clients.consumer(nameOf('reader'));
  const reader = createReader({ clock, answerWithinMs, admin, openConsumer, nameOf, attempt });

  let sweeping: Promise<void> | undefined;
  let waited: ReadonlySet<string> = new Set();
  /** Ends transactions that nobody else will end; users who may not list transactions do without. */
  async function sweep(): Promise<void> {
    sweeping ??= (async () => {
      try {
        const orphans = await admin.use((client) => endOrphans(client, clients.producer, kafka.topicPrefix));
        if (orphans > 0) logger.info({ transactions: orphans }, 'ended what a dead process had left open');
        const topics = topicNames.map(nameOf);
        const { ended, waiting } = await admin.use((client) =>
          endHanging(client, clients.producer, kafka.topicPrefix, topics, waited),
        );
        waited = waiting;
        if (ended > 0) logger.warn({ transactions: ended }, 'ended what the cluster had left open');
      } catch (error) {
        logger.debug({ code: errorCode(explain(error, '')) }, 'open transactions cannot be listed');
      } finally {
        sweeping = undefined;
      }
    })();
    await sweeping;
  }
  const sweeper = setInterval(() => void sweep(), sweepEveryMs).unref();

  function transactor(): Transactor {
    const id = writerId(kafka.topicPrefix);
    return createTransactor({
      clock,
      answerWithinMs,
      open: () => clients.producer(id),
      nameOf,
      async isThere({ topic, partition, offset }) {
        const at = { topic: topicOf(topic), partition, offset: Number(offset) };
        for await (const batch of reader.read(at, ending.signal))
          return batch.records[0]?.offset === at.offset;
        return false;
      },
      openOf: (topics, producerId) => admin.use((client) => openOf(client, topics, producerId)),
      endAt: (...how) => admin.use((client) => endAt(client, ...how)),
      persist: attempt,
    });
  }
  const writer = transactor();

  async function share(outputs: readonly Outgoing[]): Promise<Share[]> {
    const counts = new Map<TopicName, number>();
    for (const { topic } of outputs) counts.set(topic, await reader.partitions(topic));
    return spread(outputs, (topic) => counts.get(topic), config.maxRecordBytes);
  }

  async function createTopic({ name, partitions, retentionMs }: ResolvedTopic): Promise<void> {
    const settings = {
      'cleanup.policy': retentionMs === null ? 'compact' : 'delete',
      'retention.ms': String(retentionMs === null ? -1 : Math.round(retentionMs)),
      'max.message.bytes': String(config.maxRecordBytes + 1_048_576),
      'min.insync.replicas': String(kafka.minInSyncReplicas),
    };
    try {
      await admin.use((client) =>
        client.createTopics({
          topics: [nameOf(name)],
          partitions,
          replicas: kafka.replication,
          configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
        }),
      );
    } catch (error) {
      if (!hasApiId(error, 'TOPIC_ALREADY_EXISTS')) throw error;
    }
  }

  // Appends that are asked for while a transaction runs share the next one.
  let waiting: Share[] = [];
  let next: Promise<void> | undefined;
  async function append(outputs: readonly Outgoing[]): Promise<void> {
    const shares = await share(outputs);
    if (shares.length === 0) return;
    waiting.push(...shares);
    next ??= (async () => {
      let taken: Share[] | undefined;
      await attempt('appending', () =>
        writer.run(() => {
          taken ??= takeWaiting();
          return { shares: taken };
        }),
      );
    })();
    await next;
  }
  function takeWaiting(): Share[] {
    const taken = waiting;
    waiting = [];
    next = undefined;
    return taken;
  }

  return {
    driver: 'kafka',
    maxRecordBytes: config.maxRecordBytes,
    async createTopics(specs) {
      for (const spec of specs) {
        await attempt('creating topics', () => createTopic(resolveTopic(spec, config)), attemptsAtStart);
        await reader.appears(spec.name);
      }
      await sweep();
    },
    append,
    async consumer(options) {
      const membership = await joinKafkaGroup(options, {
        consumer: clients.consumer(nameOf(options.group)),
        openFetcher: () => clients.consumer(nameOf(options.group)),
        transactor: transactor(),
        reader,
        clock,
        logger,
        answerWithinMs,
        joinWithinMs: answerWithinMs + rebalanceMs(kafka),
        nameOf,
        topicOf,
        share,
        attempt,
        onShared: () => void sweep(),
        onMissed: missedTeller(deps),
      });
      const member = groupConsumer(membership, options, clock);
      const kept: Consumer = {
        ...member,
        async [Symbol.asyncDispose]() {
          members.delete(kept);
          await member[Symbol.asyncDispose]();
        },
      };
      members.add(kept);
      return kept;
    },
    ranges: (topics) => reader.ranges(topics),
    committed: (group, topics) => reader.committed(group, topics),
    positionsAt: (topic, time) => reader.positionsAt(topic, time),
    read: (position, signal) => reader.read(position, signal),

    async [Symbol.asyncDispose]() {
      if (ending.signal.aborted) return;
      clearInterval(sweeper);
      for (const member of members) await member[Symbol.asyncDispose]();
      await writer.close();
      ending.abort();
      await reader.close();
      await admin.close();
    },
  };
}
