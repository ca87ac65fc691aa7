import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expectationOf } from '../../services/simulate/expect.ts';
import type { WireChunk } from '../../services/simulate/event.ts';
import { createWorld, type WorldOptions } from '../../services/simulate/world.ts';
import { wireFormats } from '../../services/simulate/wire/wire.ts';

const options: WorldOptions = {
  seed: 7,
  start: new Date('2026-03-01T00:00:00Z'),
  days: 20,
  postsPerDay: 400,
  profile: 'demo',
};
const demo = [...createWorld(options).history()];
const digest = (chunks: readonly WireChunk[]): string => {
  const hash = createHash('sha256');
  for (const { bytes, at } of chunks) hash.update(`${at} ${bytes}`);
  return hash.digest('hex');
};
const isPost = ({ event }: WireChunk): boolean => event.what === 'post';

describe('a world', () => {
  it('follows from its seed, byte by byte', () => {
    expect(digest([...createWorld(options).history()])).toBe(digest(demo));
    expect(digest([...createWorld({ ...options, seed: 8 }).history()])).not.toBe(digest(demo));
  });

  it('comes in the order of time, inside its days, at about its rate', () => {
    const start = options.start.getTime();
    let last = start;
    for (const { at } of demo) {
      expect(at).toBeGreaterThanOrEqual(last);
      last = at;
    }
    expect(last).toBeLessThan(start + options.days * 86_400_000);
    const perDay = demo.filter(isPost).length / options.days;
    expect(perDay).toBeGreaterThan(0.85 * options.postsPerDay);
    expect(perDay).toBeLessThan(1.15 * options.postsPerDay);
  });

  it('gives no two posts one id', () => {
    const ids = demo.filter(isPost).map(({ event }) => `${event.platform}:${event.ref?.id}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has every kind of thing in every platform that knows it', () => {
    const seen = new Set(demo.map(({ event }) => `${event.platform} ${event.what} ${event.kind ?? ''}`));
    for (const platform of ['x', 'bluesky', 'mastodon', 'reddit', 'discourse']) {
      const has = (part: string): boolean =>
        [...seen].some((entry) => entry.startsWith(`${platform} ${part}`));
      expect(has('edit'), `${platform} edit`).toBe(true);
      expect(has('deletion'), `${platform} deletion`).toBe(true);
      expect(has(platform === 'reddit' ? 'post comment' : 'post reply'), `${platform} reply`).toBe(true);
    }
    for (const entry of [
      'x post repost',
      'x post quote',
      'bluesky post quote',
      'mastodon post repost',
      'feed post article',
    ]) {
      expect(seen).toContain(entry);
    }
    expect(demo.some(({ event }) => event.what === 'account-deletion')).toBe(true);
    expect(demo.some(({ event }) => event.what === 'redelivery')).toBe(true);
    expect(demo.some(({ event }) => event.copyOf !== undefined)).toBe(true);
    expect(new Set(demo.map(({ format }) => format))).toEqual(new Set(wireFormats));
  });

  it('lets nobody write whose account is gone, and nothing happen to a post that is gone', () => {
    const gone = new Set<string>();
    for (const { event } of demo) {
      const author = `${event.platform} author ${event.author?.id}`;
      const post = `${event.platform} post ${event.ref?.id}`;
      if (event.what === 'account-deletion') gone.add(author);
      else if (event.what === 'deletion') gone.add(post);
      else if (event.what === 'post' || event.what === 'edit') {
        expect(gone.has(author)).toBe(false);
        expect(gone.has(post)).toBe(false);
      }
    }
  });

  it('is written by many, of whom few write much', () => {
    const posts = new Map<string, number>();
    for (const { event } of demo.filter(isPost)) {
      const key = `${event.platform}:${event.author?.id}`;
      posts.set(key, (posts.get(key) ?? 0) + 1);
    }
    const counts = [...posts.values()].sort((a, b) => b - a);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const top = counts.slice(0, Math.ceil(counts.length / 10)).reduce((sum, count) => sum + count, 0);
    expect(counts.length).toBeGreaterThan(1000);
    expect(top / total).toBeGreaterThan(0.3);
  });

  it('keeps to the platforms that were asked for', () => {
    const world = createWorld({ ...options, days: 1, platforms: ['jetstream', 'pushshift'] });
    expect(new Set([...world.history()].map(({ format }) => format))).toEqual(
      new Set(['jetstream', 'pushshift']),
    );
  });
});

describe('shares', () => {
  it.each([
    ['demo', 300, 20, 0.16, 0.24],
    ['natural', 25_000, 1, 0.0012, 0.0036],
  ] as const)('of posts that name a product, %s', (profile, postsPerDay, days, low, high) => {
    let posts = 0;
    let named = 0;
    for (const { event } of createWorld({ ...options, profile, postsPerDay, days }).history()) {
      if (event.what !== 'post' || event.text === '') continue;
      posts++;
      if (event.draft?.written !== undefined) named++;
    }
    expect(named / posts).toBeGreaterThan(low);
    expect(named / posts).toBeLessThan(high);
  });

  it('cover many products, reactions, roles, people and languages', () => {
    const drafts = demo.filter(isPost).map(({ event }) => event.draft);
    const health = drafts.filter((draft) => draft?.topic === 'health');
    const effects = health.filter((draft) => draft?.role === 'effect');
    expect(new Set(health.map((draft) => draft?.product)).size).toBeGreaterThan(80);
    expect(new Set(effects.flatMap((draft) => draft?.effects.map(({ term }) => term))).size).toBeGreaterThan(
      80,
    );
    expect(new Set(health.map((draft) => draft?.role)).size).toBeGreaterThan(12);
    expect(new Set(effects.map((draft) => draft?.person))).toEqual(new Set(['self', 'other']));
    expect(new Set(health.map((draft) => draft?.stance))).toEqual(
      new Set(['for', 'against', 'neutral', undefined]),
    );
    expect(new Set(drafts.map((draft) => draft?.lang)).size).toBeGreaterThan(4);
    expect(drafts.some((draft) => draft?.topic === 'figurative')).toBe(true);
  });

  it('repeat few texts about health', () => {
    const texts = demo
      .filter(
        ({ event }) =>
          isPost({ event } as WireChunk) && event.kind !== 'repost' && event.copyOf === undefined,
      )
      .filter(({ event }) => event.draft?.role === 'effect')
      .map(({ event }) => event.text.toLowerCase());
    expect(new Set(texts).size / texts.length).toBeGreaterThan(0.97);
  });
});

describe('the planted signal', () => {
  const world = createWorld({
    ...options,
    days: 40,
    signal: { product: 'doxycycline', reaction: 'tinnitus', perDay: 4 },
  });
  const events = [...world.history()].map(({ event }) => event);

  it('rises when it should, by its factor, and comes from many people', () => {
    const planted = events.filter((event) => event.planted && event.what === 'post');
    const before = planted.filter((event) => event.createdAt < world.riseAt).length;
    const after = planted.length - before;
    const days = (world.end - world.riseAt) / 86_400_000;
    expect(days).toBe(10);
    expect(before / 30).toBeGreaterThan(2.5);
    expect(before / 30).toBeLessThan(5.5);
    expect(after / 10 / (before / 30)).toBeGreaterThan(2);
    expect(new Set(planted.map((event) => event.author?.id)).size).toBeGreaterThan(0.9 * planted.length);
  });

  it('is all that there is of its pair', () => {
    const others = events.filter(
      (event) =>
        event.what === 'post' &&
        !event.planted &&
        event.kind !== 'repost' &&
        event.copyOf === undefined &&
        event.draft?.product === 'doxycycline' &&
        event.draft.effects.some(({ term }) => term === 'tinnitus'),
    );
    expect(others).toEqual([]);
    const planted = events.filter((event) => event.planted && event.outcome.type === 'accepted');
    const people = expectationOf(events).people('doxycycline', 'tinnitus');
    expect(people).toBeGreaterThan(0.85 * planted.length);
    expect(people).toBeLessThanOrEqual(planted.length);
  });

  it.each([{ product: 'no such thing' }, { reaction: 'no such thing' }])(
    'refuses what it does not know: %o',
    (signal) => {
      expect(() => createWorld({ ...options, signal })).toThrow(RangeError);
    },
  );
});

describe('the live tail', () => {
  const world = createWorld(options);
  const from = world.end + 3_600_000;
  const take = (count: number, rate: number): WireChunk[] => {
    const chunks: WireChunk[] = [];
    for (const chunk of world.live({ from, rate })) {
      chunks.push(chunk);
      if (chunks.length === count) break;
    }
    return chunks;
  };

  it('goes on without end, at its rate, with ids that are new', () => {
    const tail = take(3000, 2);
    const seconds = ((tail.at(-1)?.at ?? 0) - from) / 1000;
    expect(3000 / seconds).toBeGreaterThan(1.5);
    expect(3000 / seconds).toBeLessThan(2.5);
    const old = new Set(demo.map(({ event }) => `${event.platform}:${event.ref?.id}`));
    for (const { event } of tail.filter(isPost))
      expect(old.has(`${event.platform}:${event.ref?.id}`)).toBe(false);
    expect(tail.some(({ event }) => event.what === 'edit')).toBe(true);
    expect(tail.some(({ event }) => event.what === 'deletion')).toBe(true);
    expect(tail.some(({ event }) => event.planted)).toBe(true);
  });

  it('is the same for the same beginning', () => {
    expect(digest(take(200, 2))).toBe(digest(take(200, 2)));
  });

  it('lets nobody write who left in the history', () => {
    const left = new Set(
      demo.filter(({ event }) => event.what === 'account-deletion').map(({ event }) => event.author?.id),
    );
    expect(left.size).toBeGreaterThan(0);
    for (const { event } of take(3000, 2)) expect(left.has(event.author?.id)).toBe(false);
  });
});
