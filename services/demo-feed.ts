import { z } from 'zod';
import type { WireFeed, WireGroup } from './ingest/sources/wire.ts';
import type { Clock } from './shared/clock.ts';
import { VigilError } from './shared/errors.ts';
import type { DemoConfig } from './simulate/config.ts';
import type { WireChunk } from './simulate/event.ts';
import { createWorld, dayMs } from './simulate/world.ts';

/** After a longer pause the live posts go on from now, instead of making up for it. */
const longestPauseMs = 6 * 3_600_000;
const groupSize = 500;

/** The world that was begun, and how far it was read; the same numbers give the same posts. */
const cursorSchema = z.strictObject({
  seed: z.int(),
  historyDays: z.int(),
  postsPerDay: z.int(),
  end: z.int().describe('end of the history, ms since 1970 UTC'),
  history: z.int().describe('messages of the history that were taken'),
  live: z.strictObject({ from: z.int(), rate: z.number(), taken: z.int() }).nullable(),
});
type Cursor = z.infer<typeof cursorSchema>;

function parseCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new VigilError(
      'DEMO_CURSOR',
      'the demo was begun by another version: start it with another data folder (--set dataDir=NEW)',
      { cause: error },
    );
  }
}

const skip = <T>(items: Generator<T, void>, count: number): Generator<T, void> => {
  for (let i = 0; i < count; i++) items.next();
  return items;
};

/** The next items; unlike `Iterator.take` it leaves the rest to be taken. */
function takeFrom<T>(items: Generator<T, void>, count: number): T[] {
  const taken: T[] = [];
  for (let next = items.next(); !next.done; next = items.next()) {
    taken.push(next.value);
    if (taken.length === count) break;
  }
  return taken;
}

/** The demo as messages on the wire: the whole history at once, then live posts as their time comes. */
export function createDemoFeed(config: DemoConfig, deps: { readonly clock: Clock }): WireFeed {
  const { clock } = deps;
  const { seed, historyDays, postsPerDay, liveRate } = config;
  const begin = (): Cursor => ({
    seed,
    historyDays,
    postsPerDay,
    end: Math.floor(clock.now() / 60_000) * 60_000,
    history: 0,
    live: null,
  });
  const group = (chunks: readonly WireChunk[], at: Cursor): WireGroup => ({
    messages: chunks.map(({ platform, bytes }) => ({ platform, bytes })),
    cursor: JSON.stringify(at),
  });

  return {
    async *read(cursor, signal) {
      let at = cursor === undefined ? begin() : parseCursor(cursor);
      const world = createWorld({
        seed: at.seed,
        start: new Date(at.end - at.historyDays * dayMs),
        days: at.historyDays,
        postsPerDay: at.postsPerDay,
        profile: 'demo',
      });
      if (at.live === null) {
        const history = skip(world.history(), at.history);
        for (;;) {
          const chunks = takeFrom(history, groupSize);
          if (chunks.length === 0) break;
          at = { ...at, history: at.history + chunks.length };
          yield group(chunks, at);
          if (signal.aborted) return;
        }
      }
      if (liveRate === 0) return;
      let live = at.live ?? { from: at.end, rate: liveRate, taken: 0 };
      let chunks = skip(world.live(live), live.taken);
      let head = chunks.next();
      if (live.rate !== liveRate || head.done || head.value.at < clock.now() - longestPauseMs) {
        live = { from: clock.now(), rate: liveRate, taken: 0 };
        chunks = world.live(live);
        head = chunks.next();
      }
      while (!signal.aborted && !head.done) {
        const due: WireChunk[] = [];
        while (!head.done && head.value.at <= clock.now() && due.length < groupSize) {
          due.push(head.value);
          head = chunks.next();
        }
        live = { ...live, taken: live.taken + due.length };
        if (due.length > 0) yield group(due, { ...at, live });
        else if (!head.done)
          await clock.sleep(Math.min(1000, Math.max(10, head.value.at - clock.now())), signal);
      }
    },
  };
}
