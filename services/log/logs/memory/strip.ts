import type { TopicName } from '../../../../schemas/topics.ts';
import type { Entry, LogRecord } from '../../log.ts';

/** One partition in memory. Records keep their offsets when older ones are removed. */
export type Strip = {
  readonly first: number;
  readonly next: number;
  append(entries: readonly Entry[], now: number): void;
  /** Records from an offset on, at most so many and so many bytes, at least one where there is one. */
  slice(offset: number, maxRecords: number, maxBytes: number): LogRecord[];
  /** Offset of the first record at or after a time, or the end. */
  at(time: number): number;
  removeBefore(time: number): void;
  compact(): void;
};

export function createStrip(topic: TopicName, partition: number): Strip {
  let records: LogRecord[] = [];
  let stored: number[] = [];
  let first = 0;
  let next = 0;

  /** Index of the first record at or after an offset. */
  function indexOf(offset: number): number {
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get first() {
      return first;
    },
    get next() {
      return next;
    },
    append(entries, now) {
      // A clock that steps back must not make a later record look older than an earlier one.
      const at = Math.max(now, stored.at(-1) ?? now);
      for (const { key, value, time = at } of entries) {
        records.push({ topic, partition, offset: next++, key, value: Uint8Array.from(value), time });
        stored.push(at);
      }
    },
    slice(offset, maxRecords, maxBytes) {
      const found: LogRecord[] = [];
      let bytes = 0;
      for (let i = indexOf(offset); i < records.length && found.length < maxRecords; i++) {
        const record = records[i];
        if (!record) break;
        bytes += record.value.length + record.key.length;
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(record);
      }
      return found;
    },
    at: (time) => records.find((record) => record.time >= time)?.offset ?? next,
    removeBefore(time) {
      let old = 0;
      while (old < records.length && (stored[old] ?? Infinity) < time) old++;
      if (old === 0) return;
      first = (records[old - 1]?.offset ?? -1) + 1;
      records = records.slice(old);
      stored = stored.slice(old);
    },
    compact() {
      const last = new Map(records.map(({ key, offset }) => [key, offset]));
      const keep = records.map(({ key, offset }) => last.get(key) === offset);
      stored = stored.filter((_, i) => keep[i]);
      records = records.filter((_, i) => keep[i]);
    },
  };
}
