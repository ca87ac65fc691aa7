import type { Consumer, Message, MessageToProduce, Producer } from '@platformatic/kafka';
import type { Clock } from '../../../shared/clock.ts';
import type { Share } from '../../spread.ts';
import type { Claim } from '../../group-consumer.ts';
import type { Place } from './hanging.ts';
import { closeSoon, within } from './renewable.ts';

export type Step = {
  readonly shares: readonly Share[];
  /** Positions to record with the outputs, and the member that may. */
  readonly offsets?: {
    readonly consumer: Consumer;
    readonly memberId: string;
    readonly generationId: number;
    readonly claims: readonly Claim[];
  };
};

export type Transactor = {
  /** One transaction after the other; a step that turns out to be empty is left out. */
  run(step: () => Step): Promise<void>;
  close(): Promise<void>;
};

/** What the last step has touched, and how it ended as far as is known. */
type Trail = {
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  /** First records in each partition. */
  readonly records: Written[];
  outcome: 'undone' | 'unknown' | 'committed';
};

type TransactorDeps = {
  readonly clock: Clock;
  /** A call that has no answer for so long counts as failed. */
  readonly answerWithinMs: number;
  open(): Producer;
  nameOf(topic: Share['topic']): string;
  /** Whether readers see a record. */
  isThere(record: Written): Promise<boolean>;
  /** Where topics hold a transaction of a producer open. */
  openOf(topics: readonly string[], producerId: bigint): Promise<readonly Place[]>;
  /** Ends a transaction at places that still hold one open. */
  endAt(
    begin: () => Promise<Transaction>,
    places: readonly Place[],
    groups: readonly string[],
    commit: boolean,
  ): Promise<void>;
  /** Repeats work while the cluster is away. */
  persist<T>(doing: string, work: () => Promise<T>): Promise<T>;
};

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;
type Written = Place & { readonly offset: bigint };

// What a topic takes in one batch by default, less its head.
const bytesPerBatch = 900_000;
const abortWithinMs = 5000;

/** Messages in sends that no partition's batch outgrows, unless one record does by itself. */
function sendsOf(shares: readonly Share[], nameOf: (topic: Share['topic']) => string, now: number) {
  const sends: MessageToProduce[][] = [];
  for (const { topic, partition, entries } of shares) {
    let bytes = 0;
    let send = 0;
    for (const { key, value, time = now } of entries) {
      const size = value.length + key.length + 64;
      if (bytes > 0 && bytes + size > bytesPerBatch) {
        bytes = 0;
        send++;
      }
      bytes += size;
      (sends[send] ??= []).push({
        topic: nameOf(topic),
        partition,
        key: Buffer.from(key),
        value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        // A time in the future would be refused by the broker.
        timestamp: BigInt(Math.round(Math.min(time, now))),
      });
    }
  }
  return sends;
}

/**
 * Transactions of one producer, one after the other. When it is not known how one has ended, or a broker
 * has gone away since, the next producer of the same id settles it before anything else is written:
 * nothing is sent twice, nothing that was given up is read, and no partition is left waiting.
 */
export function createTransactor(deps: TransactorDeps): Transactor {
  const { clock, answerWithinMs, nameOf, persist } = deps;
  let producer: Producer | undefined;
  let trail: Trail | undefined;
  let inDoubt = false;
  let last: Promise<unknown> = Promise.resolve();
  const answered = <T>(work: () => Promise<T>): Promise<T> => within(clock, answerWithinMs, work);

  function opened(): Producer {
    const current = deps.open();
    current.on('client:broker:disconnect', () => {
      if (producer === current) inDoubt = true;
    });
    return current;
  }

  async function discard(): Promise<void> {
    const old = producer;
    producer = undefined;
    if (old) await closeSoon(clock, () => old.close(true));
  }

  async function begin(): Promise<Transaction> {
    const current = (producer ??= opened());
    try {
      return await answered(() => current.beginTransaction({}));
    } catch (error) {
      await discard();
      throw error;
    }
  }

  async function addOffsets(
    tx: Transaction,
    { consumer, memberId, generationId, claims }: NonNullable<Step['offsets']>,
  ): Promise<void> {
    const { groupId } = consumer;
    await answered(() => tx.addConsumer(consumer));
    const coordinatorId = await answered(() => consumer.findGroupCoordinator());
    // One after the other: at once, only one of them is recorded.
    for (const { topic, partition, offset } of claims) {
      const done = {
        topic: nameOf(topic),
        partition,
        offset: BigInt(offset) - 1n,
        metadata: { consumer: { groupId, memberId, generationId, coordinatorId } },
      };
      await answered(() => tx.addOffset(done as unknown as Message));
    }
  }

  async function wasCommitted({ outcome, records }: Trail, open: readonly Place[]): Promise<boolean> {
    if (outcome !== 'unknown') return outcome === 'committed';
    const ended = records.find(
      (one) => !open.some((other) => other.topic === one.topic && other.partition === one.partition),
    );
    // Where every partition still waits for the end nobody has read anything yet.
    return ended !== undefined && (await deps.isThere(ended));
  }

  /** Ends the last step for good, and says whether it was committed. */
  async function settle(step: Trail): Promise<boolean> {
    const committed = await persist('settling a transaction', async () => {
      await discard();
      inDoubt = false;
      // The broker ends what the id has left open, and answers when it has.
      const tx = await begin();
      const open = await deps.openOf(step.topics, producer?.producerId ?? -1n);
      const outcome = await wasCommitted(step, open);
      if (open.length === 0) await answered(() => tx.cancel());
      else await answered(() => deps.endAt(async () => tx, open, step.groups, outcome));
      return outcome;
    });
    // Should a broker go away once more, what was just ended may hang as well.
    step.outcome = committed ? 'committed' : 'undone';
    return committed;
  }

  async function attempt({ shares, offsets }: Step): Promise<void> {
    if (inDoubt && trail) await settle(trail);
    const tx = await begin();
    const step: Trail = {
      topics: [...new Set(shares.map(({ topic }) => nameOf(topic)))],
      groups: offsets ? [offsets.consumer.groupId] : [],
      records: [],
      outcome: 'undone',
    };
    trail = step;
    try {
      for (const messages of sendsOf(shares, nameOf, clock.now())) {
        const { offsets: records } = await answered(() => tx.send({ messages }));
        step.records.push(...(records ?? []));
      }
      if (offsets) await addOffsets(tx, offsets);
    } catch (error) {
      inDoubt = true;
      await within(clock, abortWithinMs, () => tx.abort()).catch(discard);
      throw error;
    }
    try {
      step.outcome = 'unknown';
      await answered(() => tx.commit());
      step.outcome = 'committed';
    } catch (error) {
      if (!(await settle(step))) throw error;
    }
  }

  async function next(before: Promise<unknown>, step: () => Step): Promise<void> {
    await before.catch(() => undefined);
    const work = step();
    if (work.shares.length === 0 && (work.offsets?.claims.length ?? 0) === 0) return;
    await attempt(work);
  }

  return {
    run(step) {
      const work = next(last, step);
      last = work.catch(() => undefined);
      return work;
    },
    async close() {
      await Promise.race([last, clock.sleep(abortWithinMs)]);
      await discard();
    },
  };
}
