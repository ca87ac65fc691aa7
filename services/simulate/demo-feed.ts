import { z } from 'zod';
import type { Platform } from '../../schemas/post.ts';
import type { Clock } from '../shared/clock.ts';
import type { DemoConfig } from './config.ts';
import type { WireChunk } from './event.ts';
import { paced } from './pace.ts';
import { createWorld, dayMs, type World } from './world.ts';

/** One message as a platform sends it. */
export type DemoMessage = { readonly platform: Platform; readonly bytes: string };
export type DemoGroup = { readonly messages: readonly DemoMessage[]; readonly cursor: string };

/** The invented world as a sequence of messages that can be taken up again at any group's end. */
export type DemoFeed = {
  /**
   * The history, once, and then the live tail at its rate until the signal ends. A cursor inside the
   * history goes on with the record after it; one from the live tail begins a new tail at the present
   * time, whose ids are later than all before.
   */
  read(cursor: string | undefined, signal: AbortSignal): AsyncGenerator<DemoGroup, void>;
};

const cursorSchema = z.strictObject({
  v: z.literal(1),
  /** The world that the history began with; settings that change later do not tear it apart. */
  seed: z.int(),
  start: z.int(),
  days: z.int(),
  postsPerDay: z.number(),
  /** Records of the history that were delivered; null when all were. */
  delivered: z.int().nullable(),
  /** Time of the last record. */
  at: z.int(),
});
type DemoCursor = z.infer<typeof cursorSchema>;

/** Messages of the history that are handed over together. */
const groupSize = 500;

function cursorOf(text: string | undefined, config: DemoConfig, now: number): DemoCursor {
  if (text !== undefined) {
    const known = cursorSchema.safeParse(JSON.parse(text));
    if (known.success) return known.data;
  }
  const start = now - config.historyDays * dayMs;
  return {
    v: 1,
    seed: config.seed,
    start,
    days: config.historyDays,
    postsPerDay: config.postsPerDay,
    delivered: 0,
    at: start,
  };
}

const messageOf = ({ platform, bytes }: WireChunk): DemoMessage => ({ platform, bytes });

/** @param deps.clock tells when the history ends and paces the live tail. */
export function createDemoFeed(config: DemoConfig, deps: { readonly clock: Clock }): DemoFeed {
  const { clock } = deps;

  function* history(world: World, from: DemoCursor): Generator<DemoGroup, DemoCursor> {
    let cursor = from;
    let messages: DemoMessage[] = [];
    let count = 0;
    for (const chunk of world.history()) {
      if (count++ < (from.delivered ?? 0)) continue;
      messages.push(messageOf(chunk));
      cursor = { ...cursor, delivered: count, at: chunk.at };
      if (messages.length < groupSize) continue;
      yield { messages, cursor: JSON.stringify(cursor) };
      messages = [];
    }
    cursor = { ...cursor, delivered: null, at: world.end };
    yield { messages, cursor: JSON.stringify(cursor) };
    return cursor;
  }

  return {
    async *read(text, signal) {
      let cursor = cursorOf(text, config, clock.now());
      const world = createWorld({
        seed: cursor.seed,
        start: new Date(cursor.start),
        days: cursor.days,
        postsPerDay: cursor.postsPerDay,
        profile: 'demo',
      });
      if (cursor.delivered !== null) {
        const past = history(world, cursor);
        for (let next = past.next(); ; next = past.next()) {
          if (next.done) {
            cursor = next.value;
            break;
          }
          yield next.value;
          if (signal.aborted) return;
        }
      }
      if (config.liveRate === 0) return;
      const from = Math.max(clock.now(), cursor.at + 1);
      for await (const chunks of paced(world.live({ from, rate: config.liveRate }), clock, signal)) {
        const at = chunks.at(-1)?.at ?? cursor.at;
        yield { messages: chunks.map(messageOf), cursor: JSON.stringify({ ...cursor, at }) };
      }
    },
  };
}
