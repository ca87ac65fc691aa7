import type { LogBatch, LogRecord } from '../log/log.ts';
import { decode, type Decoded, type StoredTopic } from './decode.ts';

export type Item = { readonly record: LogRecord; readonly decoded: Decoded };

/** Consecutive records of one partition that go in together, never empty. */
export type Batch = {
  readonly topic: StoredTopic;
  readonly partition: number;
  readonly items: readonly Item[];
};

export type Edge = { readonly topic: StoredTopic; readonly partition: number; readonly first: LogRecord };

type Part = {
  readonly topic: StoredTopic;
  readonly partition: number;
  items: Item[];
  /** When the oldest item came in, by the monotonic clock. */
  since: number;
  /** Offset that follows what was taken last; a part that begins elsewhere may repeat a batch of before. */
  next: number | undefined;
  /** First offset for which it is known whether a batch began there, and where that one ended. */
  known: { readonly first: number; readonly until: number | undefined } | undefined;
};

export type Limits = { readonly rows: number; readonly bytes: number; readonly seconds: number };

/**
 * Records between the log and the tables: collects them by partition until there are enough, or one has
 * waited long enough. A partition that starts anew is held until it is known whether a batch was begun there
 * before, and then gives exactly that batch.
 */
export function createCollector(limits: Limits, monotonic: () => number) {
  const parts = new Map<string, Part>();
  let rows = 0;
  let bytes = 0;

  const isNew = (part: Part, first: number): boolean => part.next !== first && part.known?.first !== first;
  const firstOf = (part: Part): LogRecord | undefined => part.items[0]?.record;

  function untilOf(part: Part): number | undefined {
    return part.known !== undefined && part.known.first === firstOf(part)?.offset
      ? part.known.until
      : undefined;
  }

  function isHeld(part: Part): boolean {
    const until = untilOf(part);
    return until !== undefined && (part.items.at(-1)?.record.offset ?? -1) < until;
  }

  function remove(part: Part, from: number, to: number): Item[] {
    const out = part.items.slice(from, to);
    part.items = from === 0 ? part.items.slice(to) : part.items.slice(0, from);
    rows -= out.length;
    for (const { record } of out) bytes -= record.value.length;
    part.since = monotonic();
    return out;
  }

  function partOf(topic: StoredTopic, partition: number): Part {
    const key = `${topic}/${partition}`;
    let part = parts.get(key);
    if (!part) {
      part = { topic, partition, items: [], since: monotonic(), next: undefined, known: undefined };
      parts.set(key, part);
    }
    return part;
  }

  return {
    /** Takes in what the log handed out; a step back means that what lies behind it comes again. */
    add(topic: StoredTopic, { partition, records }: LogBatch): void {
      const part = partOf(topic, partition);
      const first = records[0]?.offset ?? 0;
      const again = part.items.findIndex(({ record }) => record.offset >= first);
      if (again >= 0) remove(part, again, part.items.length);
      if (part.items.length === 0) part.since = monotonic();
      for (const record of records) {
        part.items.push({ record, decoded: decode(topic, record) });
        bytes += record.value.length;
      }
      rows += records.length;
    },
    /** Starts of partitions of which it is not known whether a batch began there before. */
    unknown(): Edge[] {
      return [...parts.values()].flatMap((part) => {
        const first = firstOf(part);
        if (first === undefined || !isNew(part, first.offset)) return [];
        return [{ topic: part.topic, partition: part.partition, first }];
      });
    },
    /** Says where the batch ended that began at an edge, if there was one. */
    settle({ topic, partition, first }: Edge, until: number | undefined): void {
      partOf(topic, partition).known = { first: first.offset, until };
    },
    /** Milliseconds until something should go in: 0 when it should now, undefined when nothing is there. */
    dueIn(): number | undefined {
      if (rows >= limits.rows || bytes >= limits.bytes) {
        if ([...parts.values()].some((part) => part.items.length > 0 && !isHeld(part))) return 0;
      }
      const since = [...parts.values()]
        .filter((part) => part.items.length > 0 && !isHeld(part))
        .map((part) => part.since);
      if (since.length === 0) return undefined;
      return Math.max(0, Math.min(...since) + limits.seconds * 1000 - monotonic());
    },
    /** Everything that may go in now; partitions that are held, or not known yet, stay. */
    take(): Batch[] {
      const batches: Batch[] = [];
      for (const part of parts.values()) {
        const first = firstOf(part);
        if (first === undefined || isNew(part, first.offset) || isHeld(part)) continue;
        const until = untilOf(part);
        const beyond = until === undefined ? -1 : part.items.findIndex(({ record }) => record.offset > until);
        const items = remove(part, 0, beyond < 0 ? part.items.length : beyond);
        part.next = (items.at(-1)?.record.offset ?? first.offset) + 1;
        batches.push({ topic: part.topic, partition: part.partition, items });
      }
      return batches;
    },
    /** Leaves out what is committed already; it came again because the partition changed hands meanwhile. */
    committed(topic: StoredTopic, partition: number, offset: number): void {
      const part = partOf(topic, partition);
      const keep = part.items.findIndex(({ record }) => record.offset >= offset);
      remove(part, 0, keep < 0 ? part.items.length : keep);
    },
    /** Forgets everything. @returns the first records that were forgotten, by partition. */
    clear(): Edge[] {
      const edges = [...parts.values()].flatMap((part) => {
        const first = firstOf(part);
        return first ? [{ topic: part.topic, partition: part.partition, first }] : [];
      });
      parts.clear();
      rows = 0;
      bytes = 0;
      return edges;
    },
    size: () => ({ rows, bytes }),
  };
}

export type Collector = ReturnType<typeof createCollector>;
