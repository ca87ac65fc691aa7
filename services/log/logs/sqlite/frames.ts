import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../shared/clock.ts';
import type { Entry, LogRecord } from '../../log.ts';
import { damaged } from './faults.ts';
import { framedBytes, pack, unpack, type Framed } from './frame.ts';
import { stride, type Part } from './topics.ts';

const bytesPerFrame = 262_144;
const day = 86_400_000;

export type Ends = { readonly first: number; readonly next: number };

export type Frames = {
  /** Writes; call it inside a transaction. */
  append(part: Part, entries: readonly Entry[]): void;
  ends(part: Part): Ends;
  /** Records from an offset on, at most so many and so many bytes, at least one where there is one. */
  read(part: Part, offset: number, maxRecords: number, maxBytes: number): LogRecord[];
  /** Offset of the first record at or after a time, or the end. */
  at(part: Part, time: number): number;
};

type Piece = { readonly records: Framed[]; bytes: number };

/** Cuts records into frames of a bounded size. */
export function cut(records: Iterable<Framed>): Framed[][] {
  const pieces: Piece[] = [];
  for (const record of records) {
    const bytes = framedBytes(record);
    const piece = pieces.at(-1);
    if (piece && piece.bytes + bytes <= bytesPerFrame) {
      piece.records.push(record);
      piece.bytes += bytes;
    } else pieces.push({ records: [record], bytes });
  }
  return pieces.map((piece) => piece.records);
}

/** The records of the file. A damaged frame is found by its checksum and reported, never handed out. */
export function createFrames(db: DatabaseSync, path: string, clock: Clock): Frames {
  const head = db.prepare('SELECT first, next, stored, peak FROM parts WHERE id = ?');
  const advance = db.prepare('UPDATE parts SET next = ?, stored = ?, peak = ? WHERE id = ?');
  const insert = db.prepare(
    'INSERT INTO frames (id, last, stored, top, peak, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const from = db.prepare(`SELECT id, last, data FROM frames
    WHERE id >= coalesce((SELECT max(id) FROM frames WHERE id >= ?1 AND id <= ?2), ?2) AND id < ?3
    ORDER BY id`);
  const probe = db.prepare('SELECT id, peak FROM frames WHERE id >= ? AND id < ? ORDER BY id LIMIT 1');
  const reach = db.prepare(
    'SELECT id, data FROM frames WHERE id >= ? AND id < ? AND top >= ? ORDER BY id LIMIT 1',
  );

  function ends(part: Part): Ends {
    const row = head.get(part.id);
    return { first: Number(row?.['first']), next: Number(row?.['next']) };
  }

  function open(part: Part, id: number, data: unknown): LogRecord[] {
    const records = unpack(data as Uint8Array, id - part.id * stride, part.topic, part.partition);
    if (!records) throw damaged(path);
    return records;
  }

  return {
    ends,

    append(part, entries) {
      const row = head.get(part.id);
      let next = Number(row?.['next']);
      let peak = Number(row?.['peak']);
      const before = Number(row?.['stored']);
      const now = clock.now();
      // A clock that steps back a little stands still instead, so that ages and times keep their order;
      // a step of more than a day back is the end of a wrong time, which must not be kept up.
      const stored = now < before && before - now < day ? before : now;
      const records = entries.map(({ key, value, time = stored }) => ({ offset: next++, key, value, time }));
      for (const piece of cut(records)) {
        const base = piece[0]?.offset ?? 0;
        const top = piece.reduce((most, { time }) => Math.max(most, time), -Infinity);
        peak = Math.max(peak, top);
        insert.run(
          part.id * stride + base,
          piece.at(-1)?.offset ?? base,
          stored,
          top,
          peak,
          pack(piece, base),
        );
      }
      advance.run(next, stored, peak, part.id);
    },

    read(part, offset, maxRecords, maxBytes) {
      const start = part.id * stride;
      const found: LogRecord[] = [];
      let bytes = 0;
      for (const row of from.iterate(start, start + offset, start + stride)) {
        if (Number(row['last']) < offset) continue;
        for (const record of open(part, Number(row['id']), row['data'])) {
          if (record.offset < offset) continue;
          bytes += record.value.length + record.key.length;
          if (found.length >= maxRecords || (found.length > 0 && bytes > maxBytes)) return found;
          found.push(record);
        }
        if (found.length >= maxRecords) return found;
      }
      return found;
    },

    at(part, time) {
      const start = part.id * stride;
      // `peak` is the highest time up to a frame, so it never falls: halve the range of ids by it.
      let low = start;
      let high = start + ends(part).next;
      while (low < high) {
        const middle = low + Math.floor((high - low) / 2);
        const row = probe.get(middle, high);
        if (!row) high = middle;
        else if (Number(row['peak']) >= time) high = middle;
        else low = Number(row['id']) + 1;
      }
      const row = reach.get(low, start + stride, time);
      const record = row && open(part, Number(row['id']), row['data']).find((one) => one.time >= time);
      return record?.offset ?? ends(part).next;
    },
  };
}
