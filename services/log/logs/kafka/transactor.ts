import type { Consumer, Message, MessageToProduce, Producer } from '@platformatic/kafka';
import type { Clock } from '../../../shared/clock.ts';
import type { Share } from '../../spread.ts';
import type { Claim } from '../../group-consumer.ts';

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

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;
type Place = { readonly topic: string; readonly partition: number; readonly offset: bigint };

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
 * Transactions of one producer. When the answer to a commit is lost, the next producer of the same id
 * ends the transaction one way or the other, and `isThere` tells which: nothing is sent twice.
 */
export function createTransactor(
  open: () => Producer,
  nameOf: (topic: Share['topic']) => string,
  isThere: (place: Place) => Promise<boolean>,
  clock: Clock,
): Transactor {
  let producer: Producer | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function discard(): Promise<void> {
    const old = producer;
    producer = undefined;
    await old?.close(true).catch(() => undefined);
  }

  async function begin(): Promise<Transaction> {
    producer ??= open();
    try {
      return await producer.beginTransaction({});
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
    await tx.addConsumer(consumer);
    const coordinatorId = await consumer.findGroupCoordinator();
    // One after the other: at once, only one of them is recorded.
    for (const { topic, partition, offset } of claims) {
      const done = {
        topic: nameOf(topic),
        partition,
        offset: BigInt(offset) - 1n,
        metadata: { consumer: { groupId, memberId, generationId, coordinatorId } },
      };
      await tx.addOffset(done as unknown as Message);
    }
  }

  /** Settles a commit whose answer was lost. */
  async function committedAfterAll(place: Place | undefined): Promise<boolean> {
    await discard();
    const tx = await begin();
    await tx.cancel();
    return place !== undefined && (await isThere(place));
  }

  async function attempt({ shares, offsets }: Step): Promise<void> {
    const tx = await begin();
    let place: Place | undefined;
    try {
      for (const messages of sendsOf(shares, nameOf, clock.now())) {
        const result = await tx.send({ messages });
        place ??= result.offsets?.[0];
      }
      if (offsets) await addOffsets(tx, offsets);
    } catch (error) {
      const aborted = await Promise.race([
        tx.abort().then(
          () => true,
          () => false,
        ),
        clock.sleep(abortWithinMs).then(() => false),
      ]);
      if (!aborted) await discard();
      throw error;
    }
    try {
      await tx.commit();
    } catch (error) {
      if (!(await committedAfterAll(place))) throw error;
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
