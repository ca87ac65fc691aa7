import type { TopicName } from '../../../../schemas/topics.ts';
import type { Held } from '../../group-consumer.ts';
import type { LogRecord } from '../../log.ts';
import type { Fetched, Wanted } from './fetch.ts';

/** Records of one partition that were fetched and not handed out yet. */
export type Buffer = {
  readonly topic: TopicName;
  readonly partition: number;
  readonly epoch: number;
  /** Where the reader is. */
  at: number;
  /** Where to fetch next; past `at` where markers of transactions follow. */
  from: number;
  records: LogRecord[];
  head: number;
};

export type Buffers = {
  /** One past what can be taken from a position on; asks for more where there is nothing. */
  end(held: Held, position: number): number;
  take(held: Held, position: number, maxRecords: number, maxBytes: number): LogRecord[];
  /** What to fetch now, and whether anything is still waiting to be taken. */
  wanted(): { wanted: (Wanted & { buffer: Buffer })[]; idle: boolean };
  fill(buffer: Buffer, fetched: Fetched): boolean;
  /** Drained partitions whose end is past their reader. */
  trailing(): Buffer[];
  keepOnly(held: readonly Held[]): void;
};

const keyOf = ({ topic, partition }: { topic: TopicName; partition: number }): string =>
  `${topic}/${partition}`;

/** The bounded read-ahead of a member: a partition is fetched again when all of it was handed out. */
export function createBuffers(onEmpty: () => void): Buffers {
  const buffers = new Map<string, Buffer>();

  function bufferAt(held: Held, position: number): Buffer {
    const known = buffers.get(keyOf(held));
    if (known && known.epoch === held.epoch && known.at === position) return known;
    const { topic, partition, epoch } = held;
    const fresh = { topic, partition, epoch, at: position, from: position, records: [], head: 0 };
    buffers.set(keyOf(held), fresh);
    onEmpty();
    return fresh;
  }

  return {
    end(held, position) {
      const last = bufferAt(held, position).records.at(-1);
      return last ? last.offset + 1 : position;
    },
    take(held, position, maxRecords, maxBytes) {
      const buffer = bufferAt(held, position);
      let bytes = 0;
      let to = buffer.head;
      for (; to < buffer.records.length && to - buffer.head < maxRecords; to++) {
        const record = buffer.records[to];
        bytes += (record?.value.length ?? 0) + (record?.key.length ?? 0);
        if (to > buffer.head && bytes > maxBytes) break;
      }
      const taken = buffer.records.slice(buffer.head, to);
      buffer.head = to;
      buffer.at = (taken.at(-1)?.offset ?? position - 1) + 1;
      if (to >= buffer.records.length) {
        buffer.records = [];
        buffer.head = 0;
        onEmpty();
      }
      return taken;
    },
    wanted() {
      const all = [...buffers.values()];
      const empty = all.filter(({ records }) => records.length === 0);
      return {
        wanted: empty.map((buffer) => ({
          topic: buffer.topic,
          partition: buffer.partition,
          offset: buffer.from,
          buffer,
        })),
        idle: empty.length === all.length,
      };
    },
    fill(buffer, { offset, records, next }) {
      // Given up or moved while the fetch was on its way.
      if (buffers.get(keyOf(buffer)) !== buffer || buffer.from !== offset) return false;
      buffer.records = records;
      buffer.head = 0;
      buffer.from = next;
      return records.length > 0;
    },
    trailing: () =>
      [...buffers.values()].filter(({ records, at, from }) => records.length === 0 && from > at),
    keepOnly(held) {
      const keep = new Map(held.map((one) => [keyOf(one), one.epoch]));
      for (const [key, { epoch }] of buffers) if (keep.get(key) !== epoch) buffers.delete(key);
    },
  };
}
