import type { TopicName } from '../../../schemas/topics.ts';
import { randomId } from '../../shared/ids.ts';
import type { LogDeps } from '../deps.ts';
import { logClosed, noTopic } from '../faults.ts';
import { groupConsumer, type Membership } from '../group-consumer.ts';
import { missedTeller } from '../missed.ts';
import { resolveTopic, type LogLimits, type ResolvedTopic } from '../limits.ts';
import type { ConsumerOptions, Log, Outgoing, PartitionRange } from '../log.ts';
import { spread } from '../spread.ts';
import { createWaiters } from '../waiters.ts';
import { createGroup, type Group } from './memory/group.ts';
import { createStrip, type Strip } from './memory/strip.ts';

export type MemoryLog = Log & {
  /** Applies retention and compaction now. */
  tidy(): Promise<void>;
};

/** A log that lives as long as its object and in one process: for tests and trials, not durable. */
export function createMemoryLog(
  config: LogLimits,
  deps: Pick<LogDeps, 'clock'> & Partial<Pick<LogDeps, 'logger' | 'metrics'>>,
): MemoryLog {
  const onMissed = missedTeller(deps);
  const topics = new Map<TopicName, { spec: ResolvedTopic; strips: Strip[] }>();
  const groups = new Map<string, Group>();
  const waiters = createWaiters();
  let closed = false;

  function stripsOf(topic: TopicName): Strip[] {
    if (closed) throw logClosed();
    const found = topics.get(topic);
    if (!found) throw noTopic(topic);
    return found.strips;
  }

  function stripOf(topic: TopicName, partition: number): Strip {
    const strip = stripsOf(topic)[partition];
    if (!strip) throw noTopic(`${topic}/${partition}`);
    return strip;
  }

  function groupOf(name: string): Group {
    const group = groups.get(name) ?? createGroup((topic) => topics.get(topic)?.strips.length ?? 0);
    groups.set(name, group);
    return group;
  }

  function put(outputs: readonly Outgoing[]): void {
    if (closed) throw logClosed();
    const shares = spread(outputs, (topic) => topics.get(topic)?.strips.length, config.maxRecordBytes);
    for (const { topic, partition, entries } of shares) {
      stripOf(topic, partition).append(entries, deps.clock.now());
    }
    waiters.wake();
  }

  function member(options: ConsumerOptions): Membership {
    const id = randomId();
    let wakes = -1;
    const group = groupOf(options.group);
    options.topics.forEach(stripsOf);
    group.join({ id, topics: options.topics });
    options.signal.addEventListener('abort', waiters.wake, { once: true });
    waiters.wake();
    return {
      async held() {
        wakes = waiters.count;
        return group.held(id);
      },
      start: async ({ topic, partition }) => {
        const { first } = stripOf(topic, partition);
        return group.committed(topic, partition) ?? first;
      },
      next: async ({ topic, partition }) => stripOf(topic, partition).next,
      async fetch({ topic, partition }, offset, ...most) {
        const strip = stripOf(topic, partition);
        const { first: to } = strip;
        if (offset < to) onMissed({ group: options.group, topic, partition, from: offset, to });
        return strip.slice(offset, ...most);
      },
      async settle(outputs, claims) {
        group.check(id, claims);
        put(outputs);
        group.commit(claims);
      },
      async wait(ms) {
        await waiters.wait(wakes, ms);
      },
      async leave() {
        options.signal.removeEventListener('abort', waiters.wake);
        group.leave(id);
        waiters.wake();
      },
    };
  }

  async function tidy(): Promise<void> {
    for (const { spec, strips } of topics.values()) {
      for (const strip of strips) {
        if (spec.retentionMs === null) strip.compact();
        else strip.removeBefore(deps.clock.now() - spec.retentionMs);
      }
    }
  }
  const timer = setInterval(() => void tidy(), 60_000).unref();

  return {
    driver: 'memory',
    maxRecordBytes: config.maxRecordBytes,
    tidy,
    async createTopics(specs) {
      for (const spec of specs) {
        if (topics.has(spec.name)) continue;
        const resolved = resolveTopic(spec, config);
        const strips = Array.from({ length: resolved.partitions }, (_, i) => createStrip(spec.name, i));
        topics.set(spec.name, { spec: resolved, strips });
      }
    },
    append: async (outputs) => put(outputs),
    consumer: async (options) => groupConsumer(member(options), options, deps.clock),
    ranges: async (names) =>
      names.flatMap((topic) =>
        stripsOf(topic).map(({ first, next }, partition): PartitionRange => ({
          topic,
          partition,
          first,
          next,
        })),
      ),
    committed: async (group, names) =>
      groupOf(group)
        .positions()
        .filter(({ topic }) => names.includes(topic)),
    positionsAt: async (topic, time) =>
      stripsOf(topic).map((strip, partition) => ({ topic, partition, offset: strip.at(time) })),
    async *read({ topic, partition, offset }, signal) {
      const strip = stripOf(topic, partition);
      const end = strip.next;
      for (let at = offset; at < end && !signal.aborted;) {
        const records = strip.slice(at, 1000, 4_194_304).filter((record) => record.offset < end);
        const last = records.at(-1);
        if (!last) return;
        yield { topic, partition, records };
        at = last.offset + 1;
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearInterval(timer);
      waiters.wake();
    },
  };
}
