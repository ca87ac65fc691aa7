import type { Consumer, RecordsBatch } from '@platformatic/kafka';
import type { TopicName } from '../../../../schemas/topics.ts';
import type { LogRecord } from '../../log.ts';

export type Wanted = { readonly topic: TopicName; readonly partition: number; readonly offset: number };
export type Fetched = Wanted & {
  readonly records: LogRecord[];
  /** Where to fetch next; past the last record where markers of transactions follow it. */
  readonly next: number;
};

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = Pick<
  FetchResponse['responses'][number]['partitions'][number],
  'records' | 'abortedTransactions'
>;

const control = 0x20;
const transactional = 0x10;
const logAppendTime = 0x08;
const abortMarker = 0;

const lastOf = (batch: RecordsBatch): bigint => batch.firstOffset + BigInt(batch.lastOffsetDelta);

/**
 * The batches of a fetch without those of aborted transactions, in the way of Kafka's Java client. The
 * library's own filter remembers one aborted transaction for each producer and fetch, and lets through
 * one whose end lies beyond the fetch.
 */
export function committedBatches({ records, abortedTransactions }: FetchedPartition): RecordsBatch[] {
  const aborted = [...(abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const open = new Set<bigint>();
  const kept: RecordsBatch[] = [];
  let next = 0;
  for (const batch of records ?? []) {
    for (let one = aborted[next]; one && one.firstOffset <= lastOf(batch); one = aborted[++next]) {
      open.add(one.producerId);
    }
    if (batch.attributes & control) {
      if (batch.records[0]?.key?.readInt16BE(2) === abortMarker) open.delete(batch.producerId);
    } else if (!(batch.attributes & transactional) || !open.has(batch.producerId)) kept.push(batch);
  }
  return kept;
}

function recordsOf(wanted: Wanted, partition: FetchedPartition): Fetched {
  const { topic, offset: from } = wanted;
  const records: LogRecord[] = [];
  for (const batch of committedBatches(partition)) {
    const first = Number(batch.firstOffset);
    const time = Number(batch.attributes & logAppendTime ? batch.maxTimestamp : batch.firstTimestamp);
    for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
      const offset = first + offsetDelta;
      if (offset < from) continue;
      records.push({
        topic,
        partition: wanted.partition,
        offset,
        key: key?.toString() ?? '',
        value: value ?? Buffer.alloc(0),
        time: batch.attributes & logAppendTime ? time : time + Number(timestampDelta),
      });
    }
  }
  const lastBatch = partition.records?.at(-1);
  const next = lastBatch ? Math.max(from, Number(lastOf(lastBatch)) + 1) : from;
  return { ...wanted, records, next };
}

/**
 * Fetches committed records of several partitions at once, from the brokers that lead them.
 * @param nameOf name of a topic in the cluster; the consumer must track it
 */
export async function fetchRecords(
  consumer: Consumer,
  nameOf: (topic: TopicName) => string,
  wanted: readonly Wanted[],
  limits: { maxWaitMs: number; bytesPerPartition: number },
): Promise<Fetched[]> {
  const { topics } = await consumer.metadata({
    topics: [...new Set(wanted.map((one) => nameOf(one.topic)))],
  });
  const byLeader = Map.groupBy(
    wanted,
    ({ topic, partition }) => topics.get(nameOf(topic))?.partitions[partition]?.leader ?? 0,
  );
  const found = await Promise.all(
    [...byLeader].map(async ([node, ofNode]) => {
      const byTopic = Map.groupBy(ofNode, ({ topic }) => topics.get(nameOf(topic))?.id ?? '');
      const response = await consumer.fetch({
        node,
        topics: [...byTopic].map(([topicId, ofTopic]) => ({
          topicId,
          partitions: ofTopic.map(({ partition, offset }) => ({
            partition,
            fetchOffset: BigInt(offset),
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: limits.bytesPerPartition,
          })),
        })),
        minBytes: 1,
        maxBytes: limits.bytesPerPartition * 16,
        maxWaitTime: limits.maxWaitMs,
        isolationLevel: 1,
      });
      return response.responses.flatMap(({ topicId, partitions }) =>
        partitions.flatMap((partition) => {
          const one = byTopic.get(topicId)?.find((want) => want.partition === partition.partitionIndex);
          return one ? [recordsOf(one, partition)] : [];
        }),
      );
    }),
  );
  return found.flat();
}
