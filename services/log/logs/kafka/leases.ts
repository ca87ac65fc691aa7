import type { Consumer, ConsumerGroupJoinPayload, GroupOptions } from '@platformatic/kafka';
import type { TopicName } from '../../../../schemas/topics.ts';
import { assign } from '../../assign.ts';
import type { Held } from '../../group-consumer.ts';

type Assigner = NonNullable<GroupOptions['partitionAssigner']>;

/** Shares partitions evenly, and leaves them where the same leader put them the last time. */
export function stickyAssigner(): Assigner {
  const before = new Map<string, (string | undefined)[]>();
  return (_leader, members, topics, metadata) => {
    const readers = [...members.values()].map((one) => ({
      id: one.memberId,
      topics: one.topics ?? [...topics],
    }));
    const shares = new Map(readers.map(({ id }) => [id, new Map<string, number[]>()]));
    for (const topic of new Set(readers.flatMap((one) => one.topics))) {
      const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
      const holders = Array.from({ length: count }, (_, partition) => before.get(topic)?.[partition]);
      const now = assign(topic, readers, holders);
      before.set(topic, now);
      now.forEach((id, partition) => {
        const share = id === undefined ? undefined : shares.get(id);
        share?.set(topic, [...(share.get(topic) ?? []), partition]);
      });
    }
    return [...shares].map(([memberId, share]) => ({
      memberId,
      assignments: new Map([...share].map(([topic, partitions]) => [topic, { topic, partitions }])),
    }));
  };
}

/**
 * What a member holds. A partition keeps its epoch through generations that follow one another directly:
 * then nobody else had it in between.
 */
export function createLeases(consumer: Consumer, topicOf: (name: string) => TopicName, onChange: () => void) {
  let held = new Map<string, Held>();
  let generation = -1;
  let member: string | undefined;

  consumer.on(
    'consumer:group:join',
    ({ generationId = 0, memberId, assignments }: ConsumerGroupJoinPayload) => {
      const consecutive = generationId === generation + 1 && memberId === member;
      const before = held;
      held = new Map();
      for (const { topic: name, partitions } of assignments ?? []) {
        for (const partition of partitions) {
          const key = `${name}/${partition}`;
          const epoch = (consecutive ? before.get(key)?.epoch : undefined) ?? generationId;
          held.set(key, { topic: topicOf(name), partition, epoch });
        }
      }
      generation = generationId;
      member = memberId;
      onChange();
    },
  );

  return {
    held: (): Held[] => [...held.values()],
    /**
     * The membership in which `held` was given out. The client's own fields are ahead of it while the group
     * is being shared anew: with those a partition that has just moved could still be written for.
     */
    membership: () => ({ memberId: member ?? '', generationId: generation }),
  };
}
