import type { TopicName } from '../../../../schemas/topics.ts';
import { assign, type Member } from '../../assign.ts';
import { partitionLost } from '../../faults.ts';
import type { Claim, Held } from '../../group-consumer.ts';
import type { Position } from '../../log.ts';

type Lease = Held & { readonly member: string };

export type Group = {
  join(member: Member): void;
  leave(id: string): void;
  held(id: string): Held[];
  /** @throws VigilError `LOG_PARTITION_LOST` when a claim is not the member's any more. */
  check(id: string, claims: readonly Claim[]): void;
  commit(claims: readonly Claim[]): void;
  committed(topic: TopicName, partition: number): number | undefined;
  positions(): Position[];
};

const keyOf = (topic: TopicName, partition: number): string => `${topic}/${partition}`;

/** A consumer group in memory. @param partitionsOf number of partitions of a topic */
export function createGroup(partitionsOf: (topic: TopicName) => number): Group {
  const members = new Map<string, Member>();
  const leases = new Map<string, Lease>();
  const offsets = new Map<string, Position>();
  let generation = 0;

  function share(): void {
    generation++;
    const names = new Set([...members.values()].flatMap(({ topics }) => topics as TopicName[]));
    for (const lease of leases.values()) names.add(lease.topic);
    for (const topic of names) {
      const holders = Array.from(
        { length: partitionsOf(topic) },
        (_, partition) => leases.get(keyOf(topic, partition))?.member,
      );
      assign(topic, [...members.values()], holders).forEach((member, partition) => {
        if (member === holders[partition]) return;
        if (member === undefined) leases.delete(keyOf(topic, partition));
        else leases.set(keyOf(topic, partition), { topic, partition, epoch: generation, member });
      });
    }
  }

  return {
    join(member) {
      members.set(member.id, member);
      share();
    },
    leave(id) {
      if (members.delete(id)) share();
    },
    held: (id) => [...leases.values()].filter(({ member }) => member === id),
    check(id, claims) {
      for (const { topic, partition, epoch } of claims) {
        const lease = leases.get(keyOf(topic, partition));
        if (lease?.member !== id || lease.epoch !== epoch) throw partitionLost(topic, partition);
      }
    },
    commit(claims) {
      for (const { topic, partition, offset } of claims) {
        offsets.set(keyOf(topic, partition), { topic, partition, offset });
      }
    },
    committed: (topic, partition) => offsets.get(keyOf(topic, partition))?.offset,
    positions: () => [...offsets.values()],
  };
}
