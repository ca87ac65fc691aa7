import type { DatabaseSync } from 'node:sqlite';
import { assign } from '../../assign.ts';
import { partitionLost } from '../../faults.ts';
import type { Claim, Held } from '../../group-consumer.ts';
import type { Position } from '../../log.ts';
import type { ProcessMark } from '../../liveness.ts';
import type { Topics } from './topics.ts';

export type Beat = ProcessMark & { readonly id: string; readonly beats: number };

/** Members, leases and positions of consumer groups. What writes must be called inside a transaction. */
export type Groups = {
  join(group: string, id: string, topics: readonly string[], mark: ProcessMark): void;
  /** Removes members and shares their partitions among the others. */
  remove(group: string, gone: readonly Pick<Beat, 'id' | 'beats'>[]): void;
  leave(group: string, id: string): void;
  /** @returns false when the member has been removed meanwhile */
  beat(group: string, id: string): boolean;
  beats(group: string): Beat[];
  generation(group: string): number;
  held(group: string, id: string): Held[];
  /** @throws VigilError `LOG_PARTITION_LOST` when a claim is not the member's any more */
  commit(group: string, id: string, claims: readonly Claim[]): void;
  position(group: string, partId: number): number | undefined;
  positions(group: string): Position[];
};

export function createGroups(db: DatabaseSync, topics: Topics): Groups {
  const addMember = db.prepare('INSERT OR REPLACE INTO members VALUES (?, ?, ?, 0, ?, ?, ?)');
  const dropMember = db.prepare('DELETE FROM members WHERE grp = ? AND id = ?');
  const dropSilent = db.prepare('DELETE FROM members WHERE grp = ? AND id = ? AND beats = ?');
  const beatMember = db.prepare('UPDATE members SET beats = beats + 1 WHERE grp = ? AND id = ?');
  const membersOf = db.prepare('SELECT id, topics, beats, host, pid, started FROM members WHERE grp = ?');
  const bump = db.prepare(`INSERT INTO groups VALUES (?, 1)
    ON CONFLICT (name) DO UPDATE SET generation = generation + 1 RETURNING generation`);
  const generationOf = db.prepare('SELECT generation FROM groups WHERE name = ?');
  const leasesOf = db.prepare('SELECT part_id, member, epoch FROM leases WHERE grp = ?');
  const leaseOf = db.prepare('SELECT member, epoch FROM leases WHERE grp = ? AND part_id = ?');
  const setLease = db.prepare('INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)');
  const dropLease = db.prepare('DELETE FROM leases WHERE grp = ? AND part_id = ?');
  const setPosition = db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)');
  const positionOf = db.prepare('SELECT next FROM positions WHERE grp = ? AND part_id = ?');
  const positionsOf = db.prepare('SELECT part_id, next FROM positions WHERE grp = ?');

  function share(group: string): void {
    const generation = Number(bump.get(group)?.['generation']);
    const members = membersOf
      .all(group)
      .map((row) => ({ id: String(row['id']), topics: JSON.parse(String(row['topics'])) as string[] }));
    const holders = new Map(
      leasesOf.all(group).map((row) => [Number(row['part_id']), String(row['member'])]),
    );
    const names = new Set(topics.all().map(({ topic }) => topic));
    for (const topic of names) {
      const parts = topics.parts(topic);
      const before = parts.map(({ id }) => holders.get(id));
      assign(topic, members, before).forEach((member, partition) => {
        const part = parts[partition];
        if (!part || member === before[partition]) return;
        if (member === undefined) dropLease.run(group, part.id);
        else setLease.run(group, part.id, member, generation);
      });
    }
  }

  return {
    join(group, id, names, { host, pid, started }) {
      addMember.run(group, id, JSON.stringify(names), host, pid, started);
      share(group);
    },
    remove(group, gone) {
      // Whoever has shown a sign of life since it was judged stays.
      const removed = gone.filter(({ id, beats }) => Number(dropSilent.run(group, id, beats).changes) > 0);
      if (removed.length > 0) share(group);
    },
    leave(group, id) {
      if (Number(dropMember.run(group, id).changes) > 0) share(group);
    },
    beat: (group, id) => Number(beatMember.run(group, id).changes) > 0,
    beats: (group) =>
      membersOf.all(group).map((row) => ({
        id: String(row['id']),
        beats: Number(row['beats']),
        host: String(row['host']),
        pid: Number(row['pid']),
        started: String(row['started']),
      })),
    generation: (group) => Number(generationOf.get(group)?.['generation'] ?? 0),
    held: (group, id) =>
      leasesOf.all(group).flatMap((row) => {
        const part = row['member'] === id ? topics.byId(Number(row['part_id'])) : undefined;
        return part ? [{ topic: part.topic, partition: part.partition, epoch: Number(row['epoch']) }] : [];
      }),
    commit(group, id, claims) {
      for (const { topic, partition, offset, epoch } of claims) {
        const part = topics.part(topic, partition);
        const lease = leaseOf.get(group, part.id);
        if (lease?.['member'] !== id || Number(lease['epoch']) !== epoch)
          throw partitionLost(topic, partition);
        setPosition.run(group, part.id, offset);
      }
    },
    position(group, partId) {
      const row = positionOf.get(group, partId);
      return row && Number(row['next']);
    },
    positions: (group) =>
      positionsOf.all(group).flatMap((row) => {
        const part = topics.byId(Number(row['part_id']));
        return part ? [{ topic: part.topic, partition: part.partition, offset: Number(row['next']) }] : [];
      }),
  };
}
