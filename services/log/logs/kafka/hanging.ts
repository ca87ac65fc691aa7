import {
  describeProducersV0,
  listTransactionsV1,
  metadataV12,
  type Admin,
  type ClusterMetadata,
  type Consumer,
  type Producer,
} from '@platformatic/kafka';
import { hasEnded, thisProcess } from '../../liveness.ts';
import { markOf } from './orphans.ts';

/**
 * A broker that is killed while it ends a transaction may count it as ended when it starts again without
 * having told the partitions (seen with Apache Kafka 4.3.1: their leader is not known yet at that time).
 * From then on nothing behind it can be read, and positions of the group stay "unstable" for ever. Who
 * opens the transaction again with the same id, adds these partitions and ends it in the same way gives
 * them the end that they miss.
 */

const offsetsTopic = '__consumer_offsets';
const topicAuthorizationFailed = 29;

export type Place = { readonly topic: string; readonly partition: number };
/** A transaction that a partition holds open: whose, and since which offset. */
export type Open = Place & { readonly producerId: bigint; readonly since: bigint };
export type Ended = {
  readonly id: string;
  readonly producerId: bigint;
  readonly commit: boolean;
  /** The writer has begun anew, so that nobody but itself can know how the one before was to end. */
  readonly isEmpty: boolean;
};
export type Hanging = Ended & { readonly places: readonly Place[] };

/**
 * Those that a partition holds open before and after the coordinator has said that they have ended: one
 * that is only being worked on has another beginning, or no end.
 */
export function hangingOf(
  before: readonly Open[],
  ended: readonly Ended[],
  after: readonly Open[],
): Hanging[] {
  const same = (one: Open, other: Open): boolean =>
    one.topic === other.topic &&
    one.partition === other.partition &&
    one.producerId === other.producerId &&
    one.since === other.since;
  const still = before.filter((one) => after.some((other) => same(one, other)));
  return ended.flatMap((one) => {
    const places = still
      .filter(({ producerId }) => producerId === one.producerId)
      .map(({ topic, partition }) => ({ topic, partition }));
    return places.length > 0 ? [{ ...one, places }] : [];
  });
}

/** The partition in which the cluster keeps a group's positions, by the hash of Java's strings. */
export function partitionOfGroup(group: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < group.length; i++) hash = (Math.imul(hash, 31) + group.charCodeAt(i)) | 0;
  // The least of all has no opposite and counts as 0.
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions;
}

/** Who leads each partition of a topic. */
type Leaders = ReadonlyMap<string, readonly number[]>;

/** The client's own way to ask leaves internal topics out. */
async function leadersOf(admin: Admin, topics: readonly string[]): Promise<Leaders> {
  const there = await admin.listTopics({ includeInternals: true });
  const watched = [...new Set([...topics, offsetsTopic])].filter((topic) => there.includes(topic));
  const [connection] = (await admin.connectToBrokers()).values();
  if (!connection || watched.length === 0) return new Map();
  const found = await metadataV12.api.async(connection, watched, false, false);
  return new Map(
    found.topics.map(({ name, partitions }) => {
      const inOrder = [...partitions].sort((one, other) => one.partitionIndex - other.partitionIndex);
      return [name ?? '', inOrder.map(({ leaderId }) => leaderId)];
    }),
  );
}

type Described = Awaited<ReturnType<typeof describeProducersV0.api.async>>;

/** What users may not look at is left out; where a partition has no leader yet, nothing is known. */
async function describe(...[connection, topics]: Parameters<typeof describeProducersV0.api.async>) {
  try {
    return (await describeProducersV0.api.async(connection, topics)).topics;
  } catch (error) {
    const topicsThere = (error as { response?: Partial<Described> }).response?.topics;
    const codes = topicsThere?.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    if (!topicsThere || codes?.some((code) => code !== 0 && code !== topicAuthorizationFailed)) throw error;
    return topicsThere;
  }
}

async function openIn(admin: Admin, topics: Leaders): Promise<Open[]> {
  const connections = await admin.connectToBrokers();
  const led = new Map<number, { name: string; partitionIndexes: number[] }[]>();
  for (const [name, leaders] of topics) {
    for (const [leader, partitionIndexes] of Map.groupBy(leaders.keys(), (index) => leaders[index] ?? -1)) {
      if (!connections.has(leader)) throw new Error('a partition has no leader yet');
      led.set(leader, [...(led.get(leader) ?? []), { name, partitionIndexes }]);
    }
  }
  const found = await Promise.all(
    [...led].map(async ([leader, asked]) => {
      const connection = connections.get(leader);
      return connection ? describe(connection, asked) : [];
    }),
  );
  return found.flat().flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, activeProducers }) =>
      activeProducers
        .filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0n)
        .map(({ producerId, currentTxnStartOffset }) => ({
          topic: name,
          partition: partitionIndex,
          producerId,
          since: currentTxnStartOffset,
        })),
    ),
  );
}

async function endedWith(admin: Admin, prefix: string): Promise<Ended[]> {
  const connections = await admin.connectToBrokers();
  const found = await Promise.all(
    [...connections.values()].map((connection) =>
      listTransactionsV1.api.async(connection, ['Empty', 'CompleteCommit', 'CompleteAbort'], [], -1n, null),
    ),
  );
  return found.flatMap(({ transactionStates }) =>
    transactionStates
      .filter(({ transactionalId }) => markOf(transactionalId, prefix) !== undefined)
      .map(({ transactionalId, producerId, transactionState }) => ({
        id: transactionalId,
        producerId,
        commit: transactionState === 'CompleteCommit',
        isEmpty: transactionState === 'Empty',
      })),
  );
}

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;

/** Where topics, or the positions of groups, hold a transaction of this producer open. */
export async function openOf(admin: Admin, topics: readonly string[], producerId: bigint): Promise<Place[]> {
  const open = await openIn(admin, await leadersOf(admin, topics));
  return open.filter((one) => one.producerId === producerId);
}

/** The groups whose positions lie in these places. @throws Error where one is not known (yet) */
function groupsAt(places: readonly Place[], groups: readonly string[], leaders: Leaders): string[] {
  const count = leaders.get(offsetsTopic)?.length ?? 1;
  return places
    .filter(({ topic }) => topic === offsetsTopic)
    .map(({ partition }) => {
      const group = groups.find((one) => partitionOfGroup(one, count) === partition);
      if (group === undefined) throw new Error('no group is known whose positions lie there');
      return group;
    });
}

/**
 * Gives places the end that they miss, by a transaction of the same id that holds nothing else.
 * @param begin called when all is known that is needed
 */
export async function endAt(
  admin: Admin,
  begin: () => Promise<Transaction>,
  places: readonly Place[],
  groups: readonly string[],
  commit: boolean,
): Promise<void> {
  const leaders = await leadersOf(
    admin,
    places.map(({ topic }) => topic),
  );
  const counts = new Map([...leaders].map(([topic, { length }]) => [topic, { partitionsCount: length }]));
  const there = groupsAt(places, groups, leaders);
  const messages = places
    .filter(({ topic }) => topic !== offsetsTopic)
    // Nothing is sent: the client takes partitions from messages only.
    .map(({ topic, partition }) => ({ topic, partition, value: Buffer.alloc(0) }));
  const tx = await begin();
  if (messages.length > 0) await tx.addPartitions({ topics: counts } as unknown as ClusterMetadata, messages);
  for (const groupId of there) await tx.addConsumer({ groupId } as Consumer);
  await (commit ? tx.commit() : tx.abort());
}

/**
 * Ends what hangs of the writers whose ids begin with the prefix. A writer that has begun anew is left to
 * itself until the next time, as long as it lives; then what hangs is taken back.
 * @param topics names in the cluster
 * @param waited ids that were left to themselves the last time
 * @returns how many transactions were ended, and what was left to its writers
 */
export async function endHanging(
  admin: Admin,
  openProducer: (transactionalId: string) => Producer,
  prefix: string,
  topics: readonly string[],
  waited: ReadonlySet<string>,
): Promise<{ ended: number; waiting: ReadonlySet<string> }> {
  const before = await openIn(admin, await leadersOf(admin, topics));
  if (before.length === 0) return { ended: 0, waiting: new Set() };
  const ended = await endedWith(admin, prefix);
  const hanging = hangingOf(before, ended, await openIn(admin, await leadersOf(admin, topics)));
  const here = thisProcess();
  const mayWait = ({ id, isEmpty }: Hanging): boolean => {
    const mark = markOf(id, prefix);
    return isEmpty && !waited.has(id) && mark !== undefined && !hasEnded(mark, here);
  };
  const due = hanging.filter((one) => !mayWait(one));
  const groups = due.length > 0 ? [...(await admin.listGroups()).keys()] : [];
  for (const { id, places, commit } of due) {
    const producer = openProducer(id);
    try {
      const ours = groups.filter((group) => group.startsWith(prefix));
      await endAt(admin, () => producer.beginTransaction({}), places, ours, commit);
    } finally {
      await producer.close(true);
    }
  }
  return { ended: due.length, waiting: new Set(hanging.filter(mayWait).map(({ id }) => id)) };
}
