import type { TopicName } from '../../schemas/topics.ts';
import { noTopic, recordTooLarge } from './faults.ts';
import { bytesOf, type Entry, type Outgoing } from './log.ts';
import { partitionOf } from './partition.ts';

export type Share = { readonly topic: TopicName; readonly partition: number; readonly entries: Entry[] };

/**
 * Outputs by partition, in the order of the entries.
 * @param partitionsOf number of partitions of a topic, undefined where it does not exist
 * @throws VigilError `LOG_NO_TOPIC`, `LOG_RECORD_TOO_LARGE`
 */
export function spread(
  outputs: readonly Outgoing[],
  partitionsOf: (topic: TopicName) => number | undefined,
  maxRecordBytes: number,
): Share[] {
  const shares = new Map<TopicName, Share[]>();
  for (const { topic, entries } of outputs) {
    const partitions = partitionsOf(topic);
    if (partitions === undefined) throw noTopic(topic);
    let ofTopic = shares.get(topic);
    if (!ofTopic) {
      ofTopic = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, entries: [] }));
      shares.set(topic, ofTopic);
    }
    for (const entry of entries) {
      const bytes = bytesOf(entry);
      if (bytes > maxRecordBytes) throw recordTooLarge(topic, bytes, maxRecordBytes);
      ofTopic[partitionOf(entry.key, partitions)]?.entries.push(entry);
    }
  }
  return [...shares.values()].flat().filter(({ entries }) => entries.length > 0);
}
