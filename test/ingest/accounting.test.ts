import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountedFor, type Counts } from '../../services/ingest/counts.ts';
import { createWorld, streams } from './world.ts';

type Expected = Omit<Counts, 'deletions' | 'duplicates' | 'dropped' | 'deadLettered'> & Partial<Counts>;

/** What a reader of the files finds in them, record by record. */
const expected: Record<string, Expected> = {
  'x-v2.ndjson': {
    read: 14,
    accepted: 6,
    deletions: 3,
    duplicates: 1,
    dropped: { protected: 1, 'no-author': 1, 'not-a-post': 1 },
    deadLettered: { 'not-json': 1 },
  },
  'x-v1.ndjson': {
    read: 12,
    accepted: 5,
    deletions: 2,
    duplicates: 1,
    // Numeric ids beyond 2^53 are rounded, so a notice with nothing else names nobody for certain.
    dropped: { 'not-a-post': 2, 'no-id': 1 },
    deadLettered: { 'unknown-shape': 1 },
  },
  'jetstream.ndjson': {
    read: 10,
    accepted: 3,
    deletions: 2,
    dropped: { 'not-a-post': 3, 'empty-repost': 1, 'no-text': 1 },
  },
  'mastodon.sse': {
    read: 9,
    accepted: 4,
    deletions: 1,
    dropped: { protected: 1, 'no-text': 1, 'not-a-post': 1 },
    deadLettered: { 'not-json': 1 },
  },
  'pushshift.ndjson': {
    read: 10,
    accepted: 4,
    deletions: 2,
    duplicates: 1,
    dropped: { 'no-author': 1, 'no-text': 1 },
    deadLettered: { 'not-json': 1 },
  },
  'discourse-latest.json': { read: 2, accepted: 1, dropped: { protected: 1 } },
  'discourse-posts.json': { read: 3, accepted: 2, duplicates: 1 },
  'discourse-topic.json': {
    read: 6,
    accepted: 2,
    deletions: 1,
    dropped: { 'not-a-post': 1, protected: 1, 'no-text': 1 },
  },
  'rss2.xml': { read: 4, accepted: 2, duplicates: 1, dropped: { 'no-text': 1 } },
  'rss1.rdf': { read: 1, accepted: 1 },
  'atom.xml': { read: 2, accepted: 1, dropped: { 'no-text': 1 } },
  'own.csv': {
    read: 6,
    accepted: 2,
    dropped: { 'bad-time': 1, 'no-text': 1 },
    deadLettered: { 'not-csv': 1, torn: 1 },
  },
  'own.tsv': { read: 3, accepted: 2, duplicates: 1 },
  'own.ndjson': { read: 6, accepted: 3, deadLettered: { 'unknown-shape': 3 } },
  'own-array.json': { read: 2, accepted: 2 },
};

test('every fixture has its expectation', async () => {
  expect((await readdir(streams)).sort()).toEqual(Object.keys(expected).sort());
});

describe.each(Object.entries(expected))('%s', (file, counts) => {
  test('every record is accounted for', async () => {
    await using world = await createWorld();
    const found = await world.run([join(streams, file)]);
    expect(found).toEqual({ deletions: 0, duplicates: 0, dropped: {}, deadLettered: {}, ...counts });
    expect(accountedFor(found)).toBe(found.read);
    expect(await world.posts()).toHaveLength(found.accepted);
    expect(await world.deletions()).toHaveLength(found.deletions);
    const reasons: Record<string, number> = {};
    for (const { reason } of await world.deadLetters()) reasons[reason] = (reasons[reason] ?? 0) + 1;
    expect(reasons).toEqual(found.deadLettered);
  });

  test('a second run finds nothing new', async () => {
    await using world = await createWorld();
    await world.run([join(streams, file)]);
    expect(await world.run([join(streams, file)])).toMatchObject({ read: 0, accepted: 0 });
  });
});

test('metrics say what the counts say', async () => {
  await using world = await createWorld();
  const counts = await world.run([join(streams, 'pushshift.ndjson')]);
  const text = await world.deps.metrics.registry.metrics();
  expect(text).toContain(`vigilstream_ingest_records_read_total{source="reddit"} ${counts.read}`);
  expect(text).toContain(`vigilstream_ingest_posts_accepted_total{source="reddit"} ${counts.accepted}`);
  expect(text).toContain('vigilstream_dropped_total{stage="ingest",source="reddit",reason="duplicate"} 1');
  expect(text).toContain('vigilstream_dead_letters_total{stage="ingest",reason="not-json"} 1');
});

test('languages to keep are kept and the others counted', async () => {
  await using world = await createWorld();
  const counts = await world.run([join(streams, 'mastodon.sse')], { languages: ['fr'] });
  expect(counts).toMatchObject({ accepted: 1, dropped: { language: 3 } });
});

test('dead letters say where, and nothing of what', async () => {
  await using world = await createWorld();
  await world.run([join(streams, 'pushshift.ndjson'), join(streams, 'own.csv')]);
  for (const { origin, detail, record, bytes } of await world.deadLetters()) {
    expect(origin).toMatch(/(pushshift\.ndjson|own\.csv) byte \d+$/);
    expect(detail).not.toMatch(/broken|cut|dee/);
    expect(record).toBeNull();
    expect(bytes).toBeGreaterThan(0);
  }
});

test('a post is the same by its id and revision, whatever else has changed', async () => {
  await using world = await createWorld();
  const path = join(world.folder, 'twice.ndjson');
  await writeFile(
    path,
    '{"id":1,"text":"a","created":"2024-01-01"}\n{"id":1,"text":"b","created":"2024-02-02"}\n',
  );
  expect(await world.run([path])).toMatchObject({ read: 2, accepted: 1, duplicates: 1 });
});
