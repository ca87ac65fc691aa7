import { crc32 } from 'node:zlib';
import type { TopicName } from '../../../../schemas/topics.ts';
import type { Entry, LogRecord } from '../../log.ts';

/**
 * A frame holds consecutive records of one partition in one blob, so that a batch costs one row:
 * crc32 of the rest (4 bytes), then for each record its offset less the frame's base (4), time (8),
 * length of the key (4), length of the value (4), key in UTF-8, value. Little-endian.
 */
const headBytes = 4;
const recordBytes = 20;

export type Framed = {
  readonly offset: number;
  readonly time: number;
  readonly key: string;
  readonly value: Uint8Array;
};

/** Bytes that an entry takes in a frame, at most. */
export function framedBytes({ key, value }: Pick<Entry, 'key' | 'value'>): number {
  return recordBytes + Buffer.byteLength(key) + value.length;
}

/** Packs records whose offsets are at or after `base`, in ascending order. */
export function pack(records: readonly Framed[], base: number): Uint8Array {
  let size = headBytes;
  for (const record of records) size += framedBytes(record);
  const frame = Buffer.allocUnsafe(size);
  let at = headBytes;
  for (const { offset, time, key, value } of records) {
    const keyLength = frame.write(key, at + recordBytes);
    frame.writeUInt32LE(offset - base, at);
    frame.writeDoubleLE(time, at + 4);
    frame.writeUInt32LE(keyLength, at + 12);
    frame.writeUInt32LE(value.length, at + 16);
    frame.set(value, at + recordBytes + keyLength);
    at += recordBytes + keyLength + value.length;
  }
  frame.writeUInt32LE(crc32(frame.subarray(headBytes)), 0);
  return frame;
}

/**
 * Reads a frame; values are views of it, not copies.
 * @returns undefined when the bytes are not what was written
 */
export function unpack(
  data: Uint8Array,
  base: number,
  topic: TopicName,
  partition: number,
): LogRecord[] | undefined {
  const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (frame.length < headBytes || frame.readUInt32LE(0) !== crc32(frame.subarray(headBytes)))
    return undefined;
  const records: LogRecord[] = [];
  let at = headBytes;
  while (at < frame.length) {
    const keyStart = at + recordBytes;
    const keyEnd = keyStart + frame.readUInt32LE(at + 12);
    const end = keyEnd + frame.readUInt32LE(at + 16);
    records.push({
      topic,
      partition,
      offset: base + frame.readUInt32LE(at),
      time: frame.readDoubleLE(at + 4),
      key: frame.toString('utf8', keyStart, keyEnd),
      value: frame.subarray(keyEnd, end),
    });
    at = end;
  }
  return records;
}
