import type { DatabaseSync } from 'node:sqlite';
import type { LogRecord } from '../../log.ts';
import { damaged } from './faults.ts';
import { unpack, pack } from './frame.ts';
import { cut, type Frames } from './frames.ts';
import { stride, type Part } from './topics.ts';
import type { Writer } from './writer.ts';

const bytesPerStep = 4_194_304;

/**
 * Removes every record of a partition that a later one of the same key has replaced. Offsets stay.
 * Runs when at least half of the frames came after the last time, in steps that are each atomic.
 */
export function createCompactor(db: DatabaseSync, path: string, frames: Frames, writer: Writer) {
  const state = db.prepare('SELECT compacted, next FROM parts WHERE id = ?');
  const count = db.prepare(`SELECT count(*) AS n, coalesce(sum(id >= ?2), 0) AS fresh
    FROM frames WHERE id >= ?1 AND id < ?3`);
  const select = db.prepare(`SELECT id, stored, peak, data, length(data) AS bytes
    FROM frames WHERE id >= ? AND id < ? ORDER BY id`);
  const remove = db.prepare('DELETE FROM frames WHERE id >= ? AND id < ?');
  const insert = db.prepare(
    'INSERT INTO frames (id, last, stored, top, peak, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const mark = db.prepare('UPDATE parts SET compacted = ? WHERE id = ?');

  /** Rewrites one stretch inside a transaction; returns where the next one starts. */
  function step(part: Part, from: number, end: number, last: ReadonlyMap<string, number>): number {
    const start = part.id * stride;
    const kept: LogRecord[] = [];
    let [bytes, to, stored, peak] = [0, from, 0, -Infinity];
    for (const row of select.iterate(from, start + end)) {
      if (bytes > 0 && bytes + Number(row['bytes']) > bytesPerStep) break;
      bytes += Number(row['bytes']);
      stored = Number(row['stored']);
      peak = Number(row['peak']);
      const base = Number(row['id']) - start;
      const records = unpack(row['data'] as Uint8Array, base, part.topic, part.partition);
      if (!records) throw damaged(path);
      for (const record of records)
        if ((last.get(record.key) ?? Infinity) <= record.offset) kept.push(record);
      to = start + (records.at(-1)?.offset ?? base) + 1;
    }
    remove.run(from, to);
    for (const piece of cut(kept)) {
      const base = piece[0]?.offset ?? 0;
      const top = piece.reduce((most, { time }) => Math.max(most, time), -Infinity);
      insert.run(start + base, piece.at(-1)?.offset ?? base, stored, top, peak, pack(piece, base));
    }
    return bytes === 0 ? start + end : to;
  }

  return async function compact(part: Part): Promise<void> {
    const start = part.id * stride;
    const row = state.get(part.id);
    const end = Number(row?.['next']);
    const totals = count.get(start, start + Number(row?.['compacted']), start + end);
    if (Number(totals?.['fresh']) < 2 || Number(totals?.['fresh']) * 2 < Number(totals?.['n'])) return;
    const last = new Map<string, number>();
    for (let at = 0; at < end;) {
      const records = frames.read(part, at, 5000, bytesPerStep);
      for (const { key, offset } of records) last.set(key, offset);
      at = (records.at(-1)?.offset ?? end) + 1;
    }
    for (let from = start; from < start + end;) {
      from = await writer.run(() => step(part, from, end, last), bytesPerStep);
    }
    await writer.run(() => mark.run(end, part.id));
  };
}
