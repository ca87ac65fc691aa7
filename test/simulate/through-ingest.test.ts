import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPseudonyms } from '../../services/ingest/pseudonym.ts';
import { createDemoSource } from '../../services/ingest/sources/demo.ts';
import { createDemoFeed } from '../../services/simulate/demo-feed.ts';
import { type Expectation, expectationOf, keyOf } from '../../services/simulate/expect.ts';
import type { WorldEvent } from '../../services/simulate/event.ts';
import { faultKinds, withFaults } from '../../services/simulate/faults.ts';
import { writeFiles } from '../../services/simulate/files.ts';
import { createWorld } from '../../services/simulate/world.ts';
import { createWorld as createIngest, key, stillClock, started } from '../ingest/world.ts';

const day = 86_400_000;
const world = createWorld({
  seed: 3,
  start: new Date(started - 10 * day),
  days: 8,
  postsPerDay: 500,
  profile: 'demo',
});
const pseudonyms = createPseudonyms(key);

/** Addresses, handles as the world makes them, and the ends of telephone numbers. */
const names = /[\w.+-]+@[\w.-]+|[a-z]+[_-]?[a-z]+\d+(?:\.example\.com)?|\d{3}-\d{4}/g;

/** The id under which a post that the world knows is accepted. */
const acceptedId = (event: Pick<WorldEvent, 'platform' | 'ref'>): string => {
  const { platform, ref } = event;
  const owner =
    ref?.authorId === undefined ? '' : `.${pseudonyms.hashOf(platform, platform, ref.authorId).slice(0, 8)}`;
  return `${platform}:${ref?.id}${owner}`;
};

/** What the newest accepted version of every post must be, deletions left aside. */
const newest = (events: readonly WorldEvent[]): Expectation['standing'] =>
  expectationOf(events.filter(({ outcome }) => outcome.type === 'accepted')).standing;

describe('what the world says of its records is what reading them comes to', () => {
  it.each([false, true])('from files, gzip %s', async (gzip) => {
    await using ingest = await createIngest();
    const events: WorldEvent[] = [];
    const records = world.history().map((chunk) => (events.push(chunk.event), chunk));
    const files = await writeFiles(records, join(ingest.folder, 'in'), { gzip });
    expect(files.length).toBe(6);
    const counts = await ingest.run(files.map(({ path }) => path));
    expect(counts).toEqual(expectationOf(events).total);

    const standing = newest(events);
    const latest = new Map(
      (await ingest.posts()).sort((a, b) => a.revision - b.revision).map((post) => [post.id, post]),
    );
    expect(latest.size).toBe(standing.size);
    for (const [, known] of standing) {
      const post = latest.get(acceptedId(known));
      expect(post, keyOf(known.platform, known.ref)).toBeDefined();
      expect(post?.kind).toBe(known.kind);
      expect(post?.createdAt).toBe(known.createdAt);
      expect((post?.revision ?? 0) > 0).toBe(known.version > 0);
    }

    // No handle, address or number of anybody is left.
    const everything = JSON.stringify([...latest.values()]).toLowerCase();
    const secrets = new Set(events.flatMap(({ draft }) => draft?.secrets ?? []));
    for (const { author } of events) if (author) secrets.add(author.handle.split('@')[0] ?? '');
    expect(secrets.size).toBeGreaterThan(1000);
    const found = (text: string): string[] => {
      const words = new Set(text.toLowerCase().match(names));
      return [...secrets].filter((secret) => words.has(secret.toLowerCase()));
    };
    expect(found(events.map(({ text }) => text).join('\n')).length).toBeGreaterThan(100);
    expect(found(everything)).toEqual([]);
    expect(everything).not.toMatch(/@\w+\.example|@example\.|555-01/);
  });

  it('with faults, each of which it names', async () => {
    await using ingest = await createIngest();
    const rates = Object.fromEntries(faultKinds.map((kind) => [kind, 0.01]));
    const seen = new Set<string>();
    const events: WorldEvent[] = [];
    const broken = [...withFaults(world.history(), { seed: 1, rates })].map(
      ({ chunk, data, fault, outcome }) => {
        seen.add(fault ?? 'none');
        events.push({ ...chunk.event, outcome });
        return { format: chunk.format, bytes: data };
      },
    );
    expect(seen).toEqual(new Set([...faultKinds, 'none']));
    const files = await writeFiles(broken, join(ingest.folder, 'in'));
    const counts = await ingest.run(files.map(({ path }) => path));
    expect(counts).toEqual(expectationOf(events).total);
    expect(counts.deadLettered['not-json']).toBeGreaterThan(10);
    expect(counts.deadLettered['not-utf8']).toBeGreaterThan(10);
  });

  it('through the source of the demo', async () => {
    const config = { enabled: true, seed: 3, historyDays: 2, postsPerDay: 400, liveRate: 0 };
    const feed = createDemoFeed(config, { clock: stillClock });
    const source = createDemoSource(
      { name: 'demo', driver: 'demo' },
      { clock: stillClock, batchRecords: 1000, maxRecordBytes: 1 << 20, demo: feed },
    );
    const types: Record<string, number> = {};
    for await (const { records } of source.read(undefined, new AbortController().signal)) {
      for (const { record } of records) types[record.type] = (types[record.type] ?? 0) + 1;
    }
    const demo = createWorld({
      seed: 3,
      start: new Date(started - 2 * day),
      days: 2,
      postsPerDay: 400,
      profile: 'demo',
    });
    const { total } = expectationOf(demo.history().map(({ event }) => event));
    expect(types['unusable']).toBeUndefined();
    expect(types['deletion']).toBe(total.deletions);
    expect((types['post'] ?? 0) + (types['drop'] ?? 0)).toBe(total.read - total.deletions);
  });
});
