import type { Consumer } from '@platformatic/kafka';
import type { TopicName } from '../../../../schemas/topics.ts';
import type { Clock } from '../../../shared/clock.ts';
import { errorCode, VigilError } from '../../../shared/errors.ts';
import type { Logger } from '../../../shared/logger.ts';
import { partitionLost } from '../../faults.ts';
import type { Held, Membership } from '../../group-consumer.ts';
import type { ConsumerOptions, Outgoing } from '../../log.ts';
import type { Missed } from '../../missed.ts';
import type { Share } from '../../spread.ts';
import { createWaiters } from '../../waiters.ts';
import { createBuffers } from './buffers.ts';
import { explain, hasApiId } from './faults.ts';
import { fetchRecords } from './fetch.ts';
import { createLeases, stickyAssigner } from './leases.ts';
import type { Reader } from './reader.ts';
import { closeSoon, renewable, within } from './renewable.ts';
import type { Transactor } from './transactor.ts';

export type MemberDeps = {
  /** Joins the group; fetchers have connections of their own, so that a long poll holds up no heartbeat. */
  readonly consumer: Consumer;
  openFetcher(): Consumer;
  readonly transactor: Transactor;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly answerWithinMs: number;
  readonly joinWithinMs: number;
  nameOf(topic: TopicName): string;
  topicOf(name: string): TopicName;
  share(outputs: readonly Outgoing[]): Promise<Share[]>;
  /** Told when the group has shared its partitions anew. */
  onShared(): void;
  onMissed(missed: Missed): void;
  attempt<T>(doing: string, work: () => Promise<T>): Promise<T>;
};

const pollMs = 250;
const bytesPerPartition = 1_048_576;
const keyOf = ({ topic, partition }: { topic: TopicName; partition: number }): string =>
  `${topic}/${partition}`;

/** A member of a group of the cluster. The group's generation fences what a replaced member still sends. */
export async function joinKafkaGroup(options: ConsumerOptions, deps: MemberDeps): Promise<Membership> {
  const { consumer, transactor, reader, clock, logger, nameOf, answerWithinMs } = deps;
  const { group, signal } = options;
  const waiters = createWaiters();
  const hunger = createWaiters();
  const buffers = createBuffers(hunger.wake);
  const leases = createLeases(consumer, deps.topicOf, () => {
    waiters.wake();
    deps.onShared();
  });
  /** Where this member's last finished record ended, and what is committed: further where markers follow. */
  const settled = new Map<string, { at: number; committed: number }>();
  let wakes = -1;
  const leaving = new AbortController();
  const over = AbortSignal.any([signal, leaving.signal]);

  const joinOptions = { partitionAssigner: stickyAssigner() };
  for (const topic of options.topics) {
    await reader.partitions(topic);
    consumer.topics.track(nameOf(topic));
  }
  const fetcher = renewable({
    clock,
    answerWithinMs,
    open() {
      const opened = deps.openFetcher();
      for (const topic of options.topics) opened.topics.track(nameOf(topic));
      return opened;
    },
    close: (client) => client.close(true),
  });
  // Whoever joins waits for the others, for as long as the group gives them.
  const join = () => within(clock, deps.joinWithinMs, () => consumer.joinGroup(joinOptions));
  await deps.attempt('joining the group', join);

  // The library stops trying when a rejoin fails, as it does while a broker restarts.
  let rejoining: Promise<void> | undefined;
  let inactiveSince: number | undefined;
  const watch = setInterval(() => {
    if (over.aborted || consumer.isActive()) inactiveSince = undefined;
    else inactiveSince ??= clock.monotonic();
    if (inactiveSince === undefined || rejoining || clock.monotonic() - inactiveSince < 3000) return;
    rejoining = join()
      .then(
        () => undefined,
        (error: unknown) =>
          logger.warn({ group, code: errorCode(explain(error, '')) }, 'joining the group failed'),
      )
      .finally(() => (rejoining = undefined));
  }, 1000).unref();

  /** Goes on at the first record that is kept where retention has removed what was to be read. */
  async function skipRemoved(): Promise<void> {
    const ranges = await reader.ranges(options.topics);
    for (const { buffer } of buffers.wanted().wanted) {
      const { topic, partition, from } = buffer;
      const range = ranges.find((one) => one.topic === topic && one.partition === partition);
      if (!range || (from >= range.first && from <= range.next)) continue;
      if (from < range.first) deps.onMissed({ group, topic, partition, from, to: range.first });
      else
        logger.warn({ group, topic, partition, from }, 'the position is past the end; reading begins anew');
      buffers.fill(buffer, { topic, partition, offset: from, records: [], next: range.first });
    }
  }

  /** Moves committed positions past the markers that follow the last record, so that the lag ends at 0. */
  async function commitTrailing(): Promise<void> {
    const due = () => {
      const held = new Map(leases.held().map((one) => [keyOf(one), one.epoch]));
      return buffers.trailing().flatMap((one) => {
        const done = settled.get(keyOf(one));
        const { topic, partition, epoch, from } = one;
        const ours = done?.at === one.at && done.committed < from && held.get(keyOf(one)) === epoch;
        return ours ? [{ topic, partition, epoch, offset: from }] : [];
      });
    };
    if (due().length === 0) return;
    let claims: ReturnType<typeof due> = [];
    await transactor.run(() => {
      claims = due();
      return { shares: [], offsets: { consumer, claims, ...leases.membership() } };
    });
    for (const claim of claims) {
      const done = settled.get(keyOf(claim));
      if (done && done.committed < claim.offset) done.committed = claim.offset;
    }
  }

  async function fetchOnce(): Promise<void> {
    const { wanted, idle } = buffers.wanted();
    const seen = hunger.count;
    if (wanted.length === 0) {
      await hunger.wait(seen, pollMs);
      return;
    }
    const limits = { maxWaitMs: idle ? pollMs : 0, bytesPerPartition };
    const found = await fetcher.use((client) => fetchRecords(client, nameOf, wanted, limits));
    let filled = false;
    for (const fetched of found) {
      const want = wanted.find((one) => one.topic === fetched.topic && one.partition === fetched.partition);
      if (want && buffers.fill(want.buffer, fetched)) filled = true;
    }
    if (filled) waiters.wake();
    else if (!idle) await hunger.wait(seen, pollMs);
    else await commitTrailing();
  }

  async function fetchLoop(): Promise<void> {
    let failures = 0;
    while (!over.aborted) {
      try {
        await fetchOnce();
        failures = 0;
      } catch (error) {
        if (over.aborted) return;
        if (failures++ === 3) logger.warn({ group, code: errorCode(explain(error, '')) }, 'fetching fails');
        try {
          if (hasApiId(error, 'OFFSET_OUT_OF_RANGE')) await skipRemoved();
        } catch {
          // Tried again with the next fetch.
        }
        await clock.sleep(Math.min(2000, 50 * 2 ** Math.min(failures, 6)), over);
      }
    }
  }
  const fetching = fetchLoop();
  const onOver = () => {
    hunger.wake();
    waiters.wake();
  };
  over.addEventListener('abort', onOver, { once: true });

  return {
    async held() {
      wakes = waiters.count;
      const held = leases.held();
      buffers.keepOnly(held);
      return held;
    },
    async start(held: Held) {
      const { topic, partition } = held;
      const at = (await reader.committed(group, [topic])).find((one) => one.partition === partition);
      const offset = at?.offset ?? (await reader.ranges([topic]))[partition]?.first ?? 0;
      settled.set(keyOf(held), { at: offset, committed: offset });
      return offset;
    },
    next: async (held, position) => buffers.end(held, position),
    fetch: async (held, ...rest) => buffers.take(held, ...rest),

    async settle(outputs, claims) {
      const shares = await deps.share(outputs);
      const epochs = new Map(leases.held().map((one) => [keyOf(one), one.epoch]));
      const offsets = { consumer, claims, ...leases.membership() };
      const lost = claims.find((claim) => epochs.get(keyOf(claim)) !== claim.epoch);
      if (lost) throw partitionLost(lost.topic, lost.partition);
      try {
        await transactor.run(() => ({ shares, offsets }));
      } catch (error) {
        const why = explain(error, 'recording positions');
        if (why instanceof VigilError && !why.canRetry) throw why;
        // Undone as a whole: what was in hand is handed out again, by whoever holds it then.
        logger.debug({ group, code: errorCode(why) }, 'a step was given up');
        throw partitionLost(claims[0]?.topic ?? 'posts', claims[0]?.partition ?? 0);
      }
      for (const claim of claims) {
        settled.set(keyOf(claim), { at: claim.offset, committed: claim.offset });
      }
    },

    async wait(ms) {
      await waiters.wait(wakes, ms);
    },

    async leave() {
      if (leaving.signal.aborted) return;
      leaving.abort();
      clearInterval(watch);
      await transactor.close();
      await closeSoon(clock, () => consumer.close(true));
      await fetcher.close();
      await fetching;
    },
  };
}
