import type { Admin, Consumer } from '@platformatic/kafka';
import type { TopicName } from '../../../../schemas/topics.ts';
import type { Clock } from '../../../shared/clock.ts';
import { noTopic } from '../../faults.ts';
import type { LogBatch, PartitionRange, Position } from '../../log.ts';
import { fetchRecords, type Fetched, type Wanted } from './fetch.ts';
import { renewable, type Renewable } from './renewable.ts';

const latest = -1n;
const earliest = -2n;
const bytesPerPartition = 1_048_576;

export type Reader = {
  /** Number of partitions. @throws VigilError `LOG_NO_TOPIC` */
  partitions(topic: TopicName): Promise<number>;
  /** Resolves when the cluster knows a topic that was just created. */
  appears(topic: TopicName): Promise<void>;
  ranges(topics: readonly TopicName[]): Promise<PartitionRange[]>;
  positionsAt(topic: TopicName, time: number): Promise<Position[]>;
  committed(group: string, topics: readonly TopicName[]): Promise<Position[]>;
  fetch(wanted: readonly Wanted[], maxWaitMs: number): Promise<Fetched[]>;
  read(position: Position, signal: AbortSignal): AsyncIterable<LogBatch>;
  close(): Promise<void>;
};

export type ReaderDeps = {
  readonly clock: Clock;
  readonly answerWithinMs: number;
  readonly admin: Renewable<Admin>;
  openConsumer(): Consumer;
  nameOf(name: string): string;
  /** Repeats a request while the cluster is away. */
  attempt<T>(doing: string, work: () => Promise<T>): Promise<T>;
};

/** Reads the cluster outside any group. */
export function createReader({
  clock,
  answerWithinMs,
  admin,
  openConsumer,
  nameOf,
  attempt,
}: ReaderDeps): Reader {
  const counts = new Map<TopicName, number>();
  const consumer = renewable({
    clock,
    answerWithinMs,
    open() {
      const opened = openConsumer();
      for (const topic of counts.keys()) opened.topics.track(nameOf(topic));
      return opened;
    },
    close: (client) => client.close(true),
  });

  /** Number of partitions as the cluster says now, 0 where it does not know the topic. */
  async function count(topic: TopicName): Promise<number> {
    const all = await admin.use((client) => client.listTopics());
    if (!all.includes(nameOf(topic))) return 0;
    const { topics } = await admin.use((client) =>
      client.metadata({ topics: [nameOf(topic)], forceUpdate: true }),
    );
    return topics.get(nameOf(topic))?.partitionsCount ?? 0;
  }

  async function partitions(topic: TopicName): Promise<number> {
    const known = counts.get(topic);
    if (known !== undefined) return known;
    const found = await attempt('reading the topics', () => count(topic));
    if (found === 0) throw noTopic(topic);
    counts.set(topic, found);
    await consumer.use(async (client) => client.topics.track(nameOf(topic)));
    return found;
  }

  async function appears(topic: TopicName): Promise<void> {
    await attempt('creating topics', async () => {
      if ((await count(topic)) === 0) throw new Error('the topic is not known everywhere yet');
    });
    await partitions(topic);
  }

  /**
   * Offsets by partition: the first, the end, or the first at or after a time. The end counts open
   * transactions: one that a crash has left hides what others have finished behind it until the broker
   * gives it up, and whoever reads to the end must wait for that.
   */
  async function offsets(topic: TopicName, timestamp: bigint): Promise<number[]> {
    await partitions(topic);
    const found = await attempt('reading offsets', () =>
      consumer.use((client) => client.listOffsets({ topics: [nameOf(topic)], timestamp, isolationLevel: 0 })),
    );
    return (found.get(nameOf(topic)) ?? []).map(Number);
  }

  async function ranges(topics: readonly TopicName[]): Promise<PartitionRange[]> {
    const all = await Promise.all(
      topics.map(async (topic) => {
        const [firsts, nexts] = await Promise.all([offsets(topic, earliest), offsets(topic, latest)]);
        return firsts.map((first, partition) => ({
          topic,
          partition,
          first,
          next: nexts[partition] ?? first,
        }));
      }),
    );
    return all.flat();
  }

  const fetch = (wanted: readonly Wanted[], maxWaitMs: number): Promise<Fetched[]> =>
    consumer.use((client) => fetchRecords(client, nameOf, wanted, { maxWaitMs, bytesPerPartition }));

  async function* read(
    { topic, partition, offset }: Position,
    signal: AbortSignal,
  ): AsyncGenerator<LogBatch> {
    const range = (await ranges([topic]))[partition];
    if (!range) throw noTopic(`${topic}, partition ${partition}`);
    for (let at = Math.max(offset, range.first); at < range.next && !signal.aborted;) {
      const wanted = [{ topic, partition, offset: at }];
      const [found] = await attempt('reading records', () => fetch(wanted, 250));
      const records = found?.records.filter((record) => record.offset < range.next) ?? [];
      if (records.length > 0) yield { topic, partition, records };
      at = found?.next ?? at;
    }
  }

  async function firstAt(
    topic: TopicName,
    partition: number,
    offset: number,
    time: number,
    end: number,
  ): Promise<number> {
    for await (const { records } of read({ topic, partition, offset }, new AbortController().signal)) {
      const found = records.find((record) => record.time >= time);
      if (found) return found.offset;
    }
    return end;
  }

  return {
    partitions,
    appears,
    ranges,
    fetch,

    async positionsAt(topic, time) {
      const [at, ends] = await Promise.all([
        offsets(topic, BigInt(Math.max(0, Math.ceil(time)))),
        offsets(topic, latest),
      ]);
      return Promise.all(
        ends.map(async (end, partition) => {
          const offset = at[partition] ?? -1;
          // The broker also finds the marker of a transaction, which bears the time of its own end.
          return {
            topic,
            partition,
            offset: offset < 0 ? end : await firstAt(topic, partition, offset, time, end),
          };
        }),
      );
    },

    async committed(group, topics) {
      const wanted = await Promise.all(
        topics.map(async (topic) => ({
          name: nameOf(topic),
          partitionIndexes: Array.from({ length: await partitions(topic) }, (_, i) => i),
        })),
      );
      const groups = await attempt('reading positions', () =>
        admin.use((client) =>
          client.listConsumerGroupOffsets({
            groups: [{ groupId: nameOf(group), topics: wanted }],
            requireStable: true,
          }),
        ),
      );
      return topics.flatMap((topic) =>
        (groups[0]?.topics.find(({ name }) => name === nameOf(topic))?.partitions ?? [])
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => ({
            topic,
            partition: partitionIndex,
            offset: Number(committedOffset),
          })),
      );
    },

    read,
    close: () => consumer.close(),
  };
}
