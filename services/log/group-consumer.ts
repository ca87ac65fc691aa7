import { setImmediate as turn } from 'node:timers/promises';
import type { TopicName } from '../../schemas/topics.ts';
import type { Clock } from '../shared/clock.ts';
import { partitionLost } from './faults.ts';
import type { Consumer, ConsumerOptions, LogBatch, LogRecord, Outgoing, Position } from './log.ts';

export type Held = {
  readonly topic: TopicName;
  readonly partition: number;
  /** Grows whenever the partition changes hands; a write under an older one is refused. */
  readonly epoch: number;
};
export type Claim = Position & { readonly epoch: number };

/** One member of a group as its driver keeps it. */
export type Membership = {
  /** What the member holds now, as far as it knows. */
  held(): Promise<readonly Held[]>;
  /** Where a partition that was just given to the member goes on: committed position or first record. */
  start(held: Held): Promise<number>;
  /** One past the last record that can be fetched from `position` on; `position` itself when there is none. */
  next(held: Held, position: number): Promise<number>;
  /** Records from `offset` on, or from the first that is kept; what was removed before it was read is told. */
  fetch(held: Held, offset: number, maxRecords: number, maxBytes: number): Promise<LogRecord[]>;
  /** One atomic step; throws `LOG_PARTITION_LOST` when a claim's epoch is over. */
  settle(outputs: readonly Outgoing[], claims: readonly Claim[]): Promise<void>;
  /** Resolves when there may be something new, after `ms` at the latest. */
  wait(ms: number): Promise<void>;
  leave(): Promise<void>;
};

type Track = { held: Held; position: number; dirty: boolean; seenAt: number | undefined };

const keyOf = (topic: TopicName, partition: number): string => `${topic}/${partition}`;

/** A consumer over a driver that is asked for records; nothing is fetched before it is asked for. */
export function groupConsumer(membership: Membership, options: ConsumerOptions, clock: Clock): Consumer {
  const { signal, maxRecords = 1000, maxBytes = 4_194_304, maxWaitMs = 0 } = options;
  let tracks = new Map<string, Track>();
  /** Partitions that were lost with work in hand: not handed out again before the caller knows. */
  const owed = new Set<string>();
  let round = 0;
  let settling: Promise<unknown> = Promise.resolve();

  async function refresh(): Promise<void> {
    const mine = round;
    const held = await membership.held();
    const now = new Map(held.map((one) => [keyOf(one.topic, one.partition), one]));
    for (const [key, track] of tracks) {
      if (now.get(key)?.epoch === track.held.epoch) continue;
      if (track.dirty) owed.add(key);
      tracks.delete(key);
    }
    for (const [key, one] of now) {
      if (tracks.has(key) || owed.has(key)) continue;
      const position = await membership.start(one);
      if (round !== mine) return;
      tracks.set(key, { held: one, position, dirty: false, seenAt: undefined });
    }
  }

  /** Whether enough is there, or what is there has waited long enough. */
  function ripe(track: Track, available: number): boolean {
    if (available >= maxRecords || maxWaitMs === 0) return true;
    track.seenAt ??= clock.monotonic();
    return clock.monotonic() - track.seenAt >= maxWaitMs;
  }

  async function take(track: Track): Promise<LogBatch | undefined> {
    const { held, position } = track;
    const next = await membership.next(held, position);
    if (next <= position || !ripe(track, next - position)) return undefined;
    const records = await membership.fetch(held, position, maxRecords, maxBytes);
    const known = tracks.get(keyOf(held.topic, held.partition)) === track && track.position === position;
    if (!known) return undefined;
    const last = records.at(-1);
    track.position = last ? last.offset + 1 : next;
    track.seenAt = undefined;
    if (!last) return undefined;
    track.dirty = true;
    return { topic: held.topic, partition: held.partition, records };
  }

  async function step(
    outputs: readonly Outgoing[],
    positions: readonly Position[],
    ofRound: number,
  ): Promise<void> {
    try {
      const claims = positions.map((position) => {
        const track = tracks.get(keyOf(position.topic, position.partition));
        if (!track || ofRound !== round || position.offset > track.position) {
          throw partitionLost(position.topic, position.partition);
        }
        return { ...position, epoch: track.held.epoch };
      });
      await membership.settle(outputs, claims);
      for (const { topic, partition, offset } of positions) {
        const track = tracks.get(keyOf(topic, partition));
        if (track) track.dirty = offset < track.position;
      }
    } catch (error) {
      if ((error as { code?: unknown }).code === 'LOG_PARTITION_LOST') {
        round++;
        tracks = new Map();
        owed.clear();
      }
      throw error;
    }
  }

  /** One step after the other, so that a loss also ends the steps that wait behind it. */
  async function settle(outputs: readonly Outgoing[], positions: readonly Position[]): Promise<void> {
    const before = settling;
    const ofRound = round;
    const work = (async () => {
      await before;
      await step(outputs, positions, ofRound);
    })();
    settling = work.catch(() => undefined);
    await work;
  }

  return {
    async *[Symbol.asyncIterator]() {
      let from = 0;
      while (!signal.aborted) {
        // A busy reader must leave turns to timers, or its heart stops beating.
        await turn();
        await refresh();
        const all = [...tracks.values()];
        let found: LogBatch | undefined;
        for (let i = 0; i < all.length && !found && !signal.aborted; i++) {
          const track = all[(from + i) % all.length];
          found = track && (await take(track));
          if (found) from = (from + i + 1) % all.length;
        }
        if (found) yield found;
        else if (!signal.aborted) await membership.wait(Math.min(maxWaitMs || Infinity, 60_000));
      }
    },
    commit: (positions) => settle([], positions),
    appendAndCommit: settle,
    async seek({ topic, partition, offset }) {
      await refresh();
      const track = tracks.get(keyOf(topic, partition));
      if (!track) throw partitionLost(topic, partition);
      track.position = offset;
      track.seenAt = undefined;
    },
    async [Symbol.asyncDispose]() {
      await settling;
      await membership.leave();
    },
  };
}
