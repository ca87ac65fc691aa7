import type { TopicName, TopicSpec } from '../../schemas/topics.ts';

export type Entry = {
  /** Decides the partition; entries of one key keep their order. */
  readonly key: string;
  readonly value: Uint8Array;
  /**
   * Milliseconds since 1970 UTC; the log's own time when absent. Kafka counts retention from it, so it is
   * never the time of an old post.
   */
  readonly time?: number;
};

/** What an entry weighs against `maxRecordBytes`. */
export function bytesOf({ key, value }: Entry): number {
  return Buffer.byteLength(key) + value.length;
}

export type Outgoing = { readonly topic: TopicName; readonly entries: readonly Entry[] };

export type LogRecord = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array;
  readonly time: number;
};

/** Consecutive records of one partition, never empty. */
export type LogBatch = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly LogRecord[];
};

/** The next offset to read of a partition, i.e. one past the last finished record. */
export type Position = { readonly topic: TopicName; readonly partition: number; readonly offset: number };

export type PartitionRange = {
  readonly topic: TopicName;
  readonly partition: number;
  /** First offset that is still kept. */
  readonly first: number;
  /** Offset that the next appended record will get. */
  readonly next: number;
};

export type ConsumerOptions = {
  readonly group: string;
  readonly topics: readonly TopicName[];
  /** Ends the iteration; the batch in hand can still be committed. */
  readonly signal: AbortSignal;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  /** Longest wait for `maxRecords` once one record is there. */
  readonly maxWaitMs?: number;
};

/**
 * One member of a consumer group. A partition belongs to one member at a time; a member that dies is
 * replaced within the session time-out. Iteration pushes back by itself: nothing is fetched beyond a
 * bounded read-ahead. A record is handed out again after a crash unless its position was committed.
 * Where the group starts for the first time it starts at the oldest record that is kept.
 */
export interface Consumer extends AsyncDisposable {
  [Symbol.asyncIterator](): AsyncIterator<LogBatch>;
  /**
   * Records positions durably.
   * @throws VigilError `LOG_PARTITION_LOST` when one of these partitions has moved to another member
   *   meanwhile (or the position was never handed out): nothing of this step was done. Forget all work
   *   of this consumer that is not committed, in hand or in a pipeline, and go on iterating: what it
   *   still holds is handed out again from the committed positions, the rest by the other member.
   */
  commit(positions: readonly Position[]): Promise<void>;
  /**
   * Appends outputs and records positions in one atomic step: after a crash either both are there or
   * neither is, and readers never see outputs of a step that was not finished. Throws as `commit`.
   */
  appendAndCommit(outputs: readonly Outgoing[], positions: readonly Position[]): Promise<void>;
  /** Goes on from another position of a partition that this member holds; not durable until committed. */
  seek(position: Position): Promise<void>;
}

/**
 * An append-only log of topics in partitions. Guarantees of every driver:
 * - `append` resolves when the entries of all its topics survive a crash of the process and, where
 *   configured, of the machine; it is atomic, and a retry inside the driver never doubles an entry.
 * - Offsets of a partition grow; records are read in that order. (Kafka leaves holes for the markers of
 *   transactions, so a reader compares offsets and never counts on the next being one more.)
 * - The partition of a key is the same in every driver: murmur2 of its UTF-8 bytes, as Kafka's own clients.
 * - Retention removes whole old stretches and never a record younger than the topic's retention; in a
 *   topic without retention the last record of each key stays. A group that had not read what is removed
 *   goes on at the first record that is kept, and what it missed is told in a line and counted.
 * - Several processes may use the log at once.
 */
export interface Log extends AsyncDisposable {
  readonly driver: string;
  /** `append` refuses an entry with more bytes (`bytesOf`). */
  readonly maxRecordBytes: number;
  /** Creates what is missing; never changes the partitions of a topic that exists. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  append(outputs: readonly Outgoing[]): Promise<void>;
  consumer(options: ConsumerOptions): Promise<Consumer>;
  ranges(topics: readonly TopicName[]): Promise<PartitionRange[]>;
  /** Committed positions of a group; partitions without one are left out. */
  committed(group: string, topics: readonly TopicName[]): Promise<Position[]>;
  /** Position of the first record of each partition at or after a time (ms). */
  positionsAt(topic: TopicName, time: number): Promise<Position[]>;
  /** Reads a partition from an offset up to the end as of now, outside any group. */
  read(position: Position, signal: AbortSignal): AsyncIterable<LogBatch>;
}

export type PartitionLag = Position & { readonly group: string; readonly lag: number };

/** Records between a group's committed positions and the ends; a group without a position counts from the first. */
export async function lagOf(log: Log, group: string, topics: readonly TopicName[]): Promise<PartitionLag[]> {
  // Positions first: what is appended and committed between the two questions may only add to the lag.
  const positions = await log.committed(group, topics);
  const ranges = await log.ranges(topics);
  return ranges.map(({ topic, partition, first, next }) => {
    const at = positions.find((position) => position.topic === topic && position.partition === partition);
    const offset = Math.max(at?.offset ?? first, first);
    return { topic, partition, offset, group, lag: Math.max(0, next - offset) };
  });
}
