import type { Clock } from '../../../shared/clock.ts';
import { errorCode } from '../../../shared/errors.ts';
import { randomId } from '../../../shared/ids.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Held, Membership } from '../../group-consumer.ts';
import type { ConsumerOptions, Outgoing } from '../../log.ts';
import type { Missed } from '../../missed.ts';
import type { Waiters } from '../../waiters.ts';
import type { Frames } from './frames.ts';
import type { Groups } from './groups.ts';
import { hasEnded, thisProcess } from '../../liveness.ts';
import type { Topics } from './topics.ts';
import type { Writer } from './writer.ts';

export type MemberDeps = {
  readonly topics: Topics;
  readonly frames: Frames;
  readonly groups: Groups;
  readonly writer: Writer;
  readonly waiters: Waiters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly pollMs: number;
  /** Runs a read of the file and says in our own words what it threw. */
  read<T>(work: () => T): T;
  /** Changes whenever another connection has written to the file. */
  dataVersion(): number;
  /** Appends inside a transaction. */
  put(outputs: readonly Outgoing[]): void;
  onMissed(missed: Missed): void;
};

const beatsPerSession = 6;

/**
 * A member of a group that lives in the file. Members watch each other's heartbeats by their own
 * monotonic clocks, so no clock of the machine decides who is alive; who died on this machine is
 * replaced at the next beat. A member that only seemed dead is refused by the epoch of its leases.
 */
export async function joinGroup(options: ConsumerOptions, deps: MemberDeps): Promise<Membership> {
  const { topics, frames, groups, writer, waiters, clock, sessionTimeoutMs, read } = deps;
  const { group, signal } = options;
  const id = randomId();
  const here = thisProcess();
  const seen = new Map<string, { beats: number; since: number; looks: number }>();
  let held: Held[] = [];
  let generation = -1;
  let version = -1;
  let wakes = -1;
  let left = false;

  async function join(): Promise<void> {
    await writer.run(() => {
      const dead = groups.beats(group).filter((member) => hasEnded(member, here));
      groups.remove(group, dead);
      groups.join(group, id, options.topics, here);
    });
    waiters.wake();
  }

  /** Members that have ended, or that were silent for most of a session and several looks. */
  function silent(): { id: string; beats: number }[] {
    const now = clock.monotonic();
    const members = groups.beats(group);
    for (const known of seen.keys()) if (!members.some((member) => member.id === known)) seen.delete(known);
    return members.filter((member) => {
      if (member.id === id) return false;
      if (hasEnded(member, here)) return true;
      const last = seen.get(member.id);
      if (!last || last.beats !== member.beats) {
        seen.set(member.id, { beats: member.beats, since: now, looks: 0 });
        return false;
      }
      // After the whole machine slept, one look is not enough to call the others dead.
      last.looks++;
      return last.looks >= beatsPerSession - 2 && now - last.since >= sessionTimeoutMs * 0.6;
    });
  }

  async function beat(): Promise<void> {
    const gone = silent();
    const alive = await writer.run(() => {
      if (gone.length > 0) groups.remove(group, gone);
      return groups.beat(group, id);
    });
    if (gone.length > 0) {
      deps.logger.warn({ group, members: gone.length }, 'members of the group are gone');
      waiters.wake();
    }
    if (!alive && !left) await join();
  }

  options.topics.forEach((topic) => topics.parts(topic));
  await join();
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (beating || left) return;
    beating = beat()
      .catch((error: unknown) => deps.logger.warn({ group, code: errorCode(error) }, 'heartbeat failed'))
      .finally(() => (beating = undefined));
  }, sessionTimeoutMs / beatsPerSession).unref();
  const onAbort = () => waiters.wake();
  signal.addEventListener('abort', onAbort, { once: true });

  return {
    async held() {
      wakes = waiters.count;
      return read(() => {
        version = deps.dataVersion();
        const now = groups.generation(group);
        if (now !== generation) held = groups.held(group, id);
        generation = now;
        return held;
      });
    },
    async start({ topic, partition }) {
      const part = topics.part(topic, partition);
      return read(() => groups.position(group, part.id) ?? frames.ends(part).first);
    },
    next: async ({ topic, partition }) => read(() => frames.ends(topics.part(topic, partition)).next),
    async fetch({ topic, partition }, offset, ...most) {
      const part = topics.part(topic, partition);
      const records = read(() => frames.read(part, offset, ...most));
      const at = records[0]?.offset;
      if (at === offset) return records;
      const { first } = read(() => frames.ends(part));
      const to = Math.min(first, at ?? first);
      if (offset < to) deps.onMissed({ group, topic, partition, from: offset, to });
      return records;
    },
    async settle(outputs, claims) {
      const bytes = outputs.reduce(
        (sum, { entries }) => entries.reduce((n, { value }) => n + value.length, sum),
        0,
      );
      await writer.run(() => {
        groups.commit(group, id, claims);
        deps.put(outputs);
      }, bytes);
      if (outputs.length > 0) waiters.wake();
    },
    async wait(ms) {
      const until = clock.monotonic() + ms;
      while (!signal.aborted && clock.monotonic() < until) {
        const pause = Math.max(1, Math.min(deps.pollMs, until - clock.monotonic()));
        if (await waiters.wait(wakes, pause)) return;
        if (deps.dataVersion() !== version) return;
      }
    },
    async leave() {
      if (left) return;
      left = true;
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
      await beating;
      await writer.run(() => groups.leave(group, id));
      waiters.wake();
    },
  };
}
