import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../shared/clock.ts';
import { createCompactor } from './compact.ts';
import { isBusy } from './faults.ts';
import type { Frames } from './frames.ts';
import { stride, type Part, type Topics } from './topics.ts';
import type { Writer } from './writer.ts';

const bytesPerStep = 16_777_216;
const pagesPerStep = 1024;
const looksPerStep = 10_000;

export type TidyReport = { readonly removedFrames: number; readonly fileBytes: number };

type Parts = {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly topics: Topics;
  readonly frames: Frames;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly freeShare: number;
};

/** Retention, compaction and giving space back, in short transactions between those of the stream. */
export function createTidy({ db, path, topics, frames, writer, clock, freeShare }: Parts) {
  const heads = db.prepare(`SELECT id, last, stored, length(data) AS bytes FROM frames
    WHERE id >= ? AND id < ? ORDER BY id LIMIT ${looksPerStep}`);
  const remove = db.prepare('DELETE FROM frames WHERE id >= ? AND id <= ?');
  const raise = db.prepare('UPDATE parts SET first = max(first, ?) WHERE id = ?');
  const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
  const compact = createCompactor(db, path, frames, writer);

  /** Removes some frames that are past their retention, oldest first; returns how many. */
  function expire(part: Part, retentionMs: number): number {
    const now = clock.now();
    const start = part.id * stride;
    let [bytes, looked, removed, upTo, first] = [0, 0, 0, -1, 0];
    for (const row of heads.iterate(start, start + stride)) {
      looked++;
      const stored = Number(row['stored']);
      // Written while the clock was ahead: as old as what follows it, at least.
      if (stored > now) continue;
      if (stored + retentionMs >= now || bytes > bytesPerStep) break;
      bytes += Number(row['bytes']);
      removed = looked;
      upTo = Number(row['id']);
      first = Number(row['last']) + 1;
    }
    if (upTo >= 0) {
      remove.run(start, upTo);
      raise.run(first, part.id);
    }
    return removed;
  }

  async function giveBack(): Promise<void> {
    const wanted = () => {
      const free = pragma('freelist_count');
      return free > pragma('page_count') * freeShare && free > 256 ? free : 0;
    };
    if (wanted() === 0) return;
    while (pragma('freelist_count') > 0) {
      await writer.run(() => {
        // Every row of its answer is one page moved; they are asked for to make it run to the end.
        db.prepare(`PRAGMA incremental_vacuum(${pagesPerStep})`).all();
      }, bytesPerStep);
    }
    try {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // A reader in another process is in the way; the next checkpoint does it.
      if (!isBusy(error)) throw error;
    }
  }

  return async function tidy(): Promise<TidyReport> {
    let removedFrames = 0;
    for (const part of topics.all()) {
      const { retentionMs } = part;
      if (retentionMs === null) await compact(part);
      else {
        for (let removed = 1; removed > 0; removedFrames += removed) {
          removed = await writer.run(() => expire(part, retentionMs), bytesPerStep);
        }
      }
    }
    await giveBack();
    return { removedFrames, fileBytes: statSync(path).size };
  };
}
