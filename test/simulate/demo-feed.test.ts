import { describe, expect, it } from 'vitest';
import { demoConfig } from '../../services/simulate/config.ts';
import { createDemoFeed, type DemoGroup } from '../../services/simulate/demo-feed.ts';
import type { WireChunk } from '../../services/simulate/event.ts';
import { paced } from '../../services/simulate/pace.ts';
import { createWorld } from '../../services/simulate/world.ts';
import type { Clock } from '../../services/shared/clock.ts';

const start = Date.UTC(2026, 2, 1);
/** A clock that goes on only while somebody sleeps. */
function sleepyClock(): Clock & { set(now: number): void } {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    set: (to) => {
      now = to;
    },
  };
}

const config = demoConfig.parse({ historyDays: 3, postsPerDay: 400, liveRate: 5 });

async function take(feed: AsyncIterable<DemoGroup>, groups: number): Promise<DemoGroup[]> {
  const taken: DemoGroup[] = [];
  if (groups === 0) return taken;
  for await (const group of feed) {
    taken.push(group);
    if (taken.length === groups) break;
  }
  return taken;
}
const bytesOf = (groups: readonly DemoGroup[]): string[] =>
  groups.flatMap(({ messages }) => messages.map(({ bytes }) => bytes));
const signal = new AbortController().signal;

describe('the feed of the demo', () => {
  it('gives the history and then what follows, taken up again after any group of the history', async () => {
    const history = createWorld({
      seed: config.seed,
      start: new Date(start - 3 * 86_400_000),
      days: 3,
      postsPerDay: 400,
      profile: 'demo',
    });
    const expected = [...history.history()].map(({ bytes }) => bytes);
    const groups = Math.floor(expected.length / 500) + 1;
    for (let before = 0; before < groups; before++) {
      const first = await take(
        createDemoFeed(config, { clock: sleepyClock() }).read(undefined, signal),
        before,
      );
      // Somebody changes the settings, and starts again later; the history stays what it was.
      const clock = sleepyClock();
      clock.set(start + (before === 0 ? 0 : 12_345_678));
      const changed = before === 0 ? config : { ...config, seed: 99, postsPerDay: 7 };
      const rest = await take(
        createDemoFeed(changed, { clock }).read(first.at(-1)?.cursor, signal),
        groups - before,
      );
      expect(bytesOf([...first, ...rest])).toEqual(expected);
    }
  });

  it('goes on with posts of the present, and after a new start with later ones', async () => {
    const clock = sleepyClock();
    const groups = await take(createDemoFeed(config, { clock }).read(undefined, signal), 40);
    const seconds = (clock.now() - start) / 1000;
    const live = bytesOf(groups.slice(3)).length;
    expect(live / seconds).toBeGreaterThan(2.5);
    expect(live / seconds).toBeLessThan(8);
    // The machine's clock was set back meanwhile.
    clock.set(start - 3_600_000);
    const again = await take(createDemoFeed(config, { clock }).read(groups.at(-1)?.cursor, signal), 10);
    const known = new Set(bytesOf(groups).filter((bytes) => bytes.length > 30));
    expect(bytesOf(again).filter((bytes) => known.has(bytes))).toEqual([]);
    expect(clock.now()).toBeGreaterThan(start);
  });

  it('ends with the history where no live posts are wanted', async () => {
    const feed = createDemoFeed({ ...config, liveRate: 0 }, { clock: sleepyClock() });
    const groups = await take(feed.read(undefined, signal), Number.POSITIVE_INFINITY);
    expect(await take(feed.read(groups.at(-1)?.cursor, signal), 1)).toEqual([]);
  });
});

describe('pacing', () => {
  const world = createWorld({ seed: 1, start: new Date(start), days: 1, postsPerDay: 500, profile: 'demo' });

  it('gives nothing before its time and keeps the order', async () => {
    const clock = sleepyClock();
    const given: WireChunk[] = [];
    for await (const batch of paced(world.history(), clock, signal)) {
      for (const chunk of batch) expect(chunk.at).toBeLessThanOrEqual(clock.now());
      given.push(...batch);
    }
    expect(given.map(({ bytes }) => bytes)).toEqual([...world.history()].map(({ bytes }) => bytes));
  });

  it('ends with the signal', async () => {
    const ended = new AbortController();
    let batches = 0;
    for await (const batch of paced(world.history(), sleepyClock(), ended.signal)) {
      expect(batch.length).toBeGreaterThan(0);
      if (++batches === 3) ended.abort();
    }
    expect(batches).toBe(3);
  });
});
