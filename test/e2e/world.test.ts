import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorldEvent } from '../../services/simulate/event.ts';
import { ask, createScene, keyOfPlace, remove, succeed, type Place } from './scene.ts';
import { day, keyOf, namesOf, newestOf, simulate, type Simulated } from './simulated.ts';

type Span = readonly [
  label: string,
  text: string,
  start: number,
  end: number,
  start16: number,
  end16: number,
];
type Tables = {
  readonly posts: readonly (readonly [
    id: string,
    revision: number,
    source: string,
    kind: string,
    author: string,
    createdAt: number,
  ])[];
  readonly current: readonly (readonly [id: string, revision: number, text: string])[];
  readonly analyses: readonly (readonly [
    id: string,
    revision: number,
    run: string,
    model: string,
    gate: string,
    products: readonly string[],
  ])[];
  readonly deletions: readonly string[];
  readonly drops: readonly (readonly [source: string, reason: string, count: number])[];
  readonly deadLetters: readonly (readonly [source: string, reason: string, count: number])[];
  readonly spans: readonly (readonly [id: string, text: string, spans: readonly Span[]])[];
  readonly signal: readonly (readonly [author: string, createdAt: number])[];
};

/** Everything that is compared, in one statement. No FINAL where rows are counted: it would hide what is there twice. */
const everything = `SELECT
  (SELECT groupArray((post_id, revision, source, kind, author, toUnixTimestamp64Milli(created_at))) FROM posts) AS posts,
  (SELECT groupArray((post_id, revision, text)) FROM posts_current) AS current,
  (SELECT groupArray((post_id, revision, run, model, gate, products.name)) FROM analyses) AS analyses,
  (SELECT groupArray(concat(post_id, author)) FROM deletions) AS deletions,
  (SELECT groupArray((source, reason, n)) FROM (SELECT source, reason, toUInt32(sum(count)) AS n FROM drops GROUP BY source, reason)) AS drops,
  (SELECT groupArray((source, reason, n)) FROM (SELECT source, reason, toUInt32(count()) AS n FROM dead_letters GROUP BY source, reason)) AS deadLetters,
  (SELECT groupArray((post_id, text, arrayConcat(
      arrayZip(spans.label, spans.text, spans.start, spans.end, spans.start_utf16, spans.end_utf16),
      arrayZip(products.kind, products.name, products.start, products.end, products.start_utf16, products.end_utf16))))
   FROM (SELECT * FROM analyses WHERE notEmpty(spans.start) OR notEmpty(products.start)) AS found
   INNER JOIN (SELECT post_id, revision, text FROM posts) AS written USING (post_id, revision)) AS spans,
  (SELECT groupArray((author, toUnixTimestamp64Milli(created_at))) FROM finding_effects
   WHERE has(product_names, 'montelukast') AND concept = 'Nightmares') AS signal`;

const countsSql = `SELECT ${['posts', 'analyses', 'edits', 'deletions', 'drops', 'dead_letters', 'gaps']
  .map((table) => `(SELECT toUInt32(count()) FROM ${table}) AS ${table}`)
  .join(', ')}`;

const days = 18;
const rise = { product: 'montelukast', reaction: 'nightmare', perDay: 4, factor: 4, lastDays: 6 };

let place: Place;
let simulated: Simulated;
let tables: Tables;
let counts: Record<string, number>;

beforeAll(async () => {
  place = await createScene();
  const start = new Date('2026-02-02T09:00Z');
  simulated = await simulate(place.folder, { seed: 11, days, postsPerDay: 220, signal: rise, start });
  const { sources } = simulated;
  const file = join(place.folder, 'vigilstream.yaml');
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...settings, ingest: { sources } }));
  const { stderr } = await succeed(place, ['run', 'ingest', 'infer', 'store', '--once']);
  expect(stderr).not.toMatch(/"level":[4-6]0/);
  const [found] = await ask<Tables>(place, everything);
  if (!found) throw new Error('no answer');
  tables = found;
  counts = (await ask<Record<string, number>>(place, countsSql))[0] ?? {};
});
afterAll(() => remove(place));

const sorted = <T>(values: Iterable<T>): T[] => [...values].sort((a, b) => (String(a) < String(b) ? -1 : 1));

describe('a simulated world, from files to tables', () => {
  test('every accepted version of a post is there once, in posts and in analyses', () => {
    const { postOf, authorOf } = namesOf(keyOfPlace(place), simulated.events);
    const accepted = simulated.events.filter(({ outcome }) => outcome.type === 'accepted');
    expect(accepted.length).toBeGreaterThan(3000);
    expect(sorted(tables.posts.map(([id]) => id))).toEqual(sorted(accepted.map(postOf)));
    const versions = new Set(tables.posts.map(([id, revision]) => `${id} ${revision}`));
    expect(versions.size).toBe(tables.posts.length);
    expect(sorted(tables.analyses.map(([id, revision]) => `${id} ${revision}`))).toEqual(sorted(versions));
    expect(new Set(tables.analyses.map(([, , run, model]) => `${run} ${model}`)).size).toBe(1);
    const newest = new Map(tables.posts.toSorted((a, b) => a[1] - b[1]).map((row) => [row[0], row]));
    for (const known of newestOf(simulated.events).values()) {
      const [id, revision, source, kind, author, createdAt] = newest.get(postOf(known)) ?? [];
      expect({ id, source, kind, author, createdAt, edited: (revision ?? 0) > 0 }).toEqual({
        id: postOf(known),
        source: known.platform,
        kind: known.kind,
        author: authorOf(known, known.authorId),
        createdAt: known.createdAt,
        edited: known.version > 0,
      });
    }
  });

  test('every record is counted: drops, dead letters and deletions, by source and reason', () => {
    const { postOf, authorOf } = namesOf(keyOfPlace(place), simulated.events);
    const drops: [string, string, number][] = [];
    const dead: [string, string, number][] = [];
    for (const [source, { dropped, duplicates, deadLettered }] of simulated.expected.bySource) {
      for (const [reason, n] of Object.entries(dropped)) drops.push([source, reason, n]);
      if (duplicates > 0) drops.push([source, 'duplicate', duplicates]);
      for (const [reason, n] of Object.entries(deadLettered)) dead.push([source, reason, n]);
    }
    expect(dead.length).toBeGreaterThan(4);
    expect(sorted(tables.drops)).toEqual(sorted(drops));
    expect(sorted(tables.deadLetters)).toEqual(sorted(dead));
    const gone = simulated.events
      .filter(({ outcome }) => outcome.type === 'deletion')
      .map((event) => (event.ref ? postOf(event) : authorOf(event, event.author?.id ?? '')));
    expect(new Set(tables.deletions)).toEqual(new Set(gone));
    for (const [source, { accepted }] of simulated.expected.bySource) {
      expect([source, tables.posts.filter((row) => row[2] === source).length]).toEqual([source, accepted]);
    }
  });

  test('posts_current shows the newest text of what still stands', () => {
    const { postOf } = namesOf(keyOfPlace(place), simulated.events);
    const { standing, removed } = simulated.expected;
    const current = new Map(tables.current.map(([id, revision, text]) => [id, { revision, text }]));
    expect(current.size).toBe(tables.current.length);
    expect(sorted(current.keys())).toEqual(sorted([...standing.values()].map(postOf)));
    expect(removed.size).toBeGreaterThan(30);
    let [compared, edited] = [0, 0];
    for (const known of standing.values()) {
      // What masking changes, links without a scheme too, is told by other tests; here it is which text it is.
      if (/[@\d]|https?:|\w\.\w+\//.test(known.text)) continue;
      const text = current.get(postOf(known))?.text ?? '';
      expect(text.replaceAll(/\s+/g, ' ')).toContain(known.text.trim().replaceAll(/\s+/g, ' '));
      compared++;
      if (known.version > 0) edited++;
    }
    expect(compared).toBeGreaterThan(standing.size / 2);
    expect(edited).toBeGreaterThan(10);
  });

  test('as many authors as there were people', () => {
    const { authorOf } = namesOf(keyOfPlace(place), simulated.events);
    const people = new Set(
      simulated.events
        .filter(({ outcome }) => outcome.type === 'accepted')
        .map((event) => authorOf(event, event.author?.id ?? '')),
    );
    expect(people.size).toBeGreaterThan(1000);
    expect(new Set(tables.posts.map((row) => row[4])).size).toBe(people.size);
  });

  test('offsets cut the same words out of the text, in code points and in UTF-16 units', () => {
    let behindEmoji = 0;
    let spans = 0;
    for (const [, text, found] of tables.spans) {
      const points = Array.from(text);
      for (const [label, words, start, end, start16, end16] of found) {
        const cut = text.slice(start16, end16);
        expect(points.slice(start, end).join('')).toBe(cut);
        expect(cut).not.toBe('');
        spans++;
        if (start !== start16) behindEmoji++;
        // A product's name is its own and not what was written.
        if (label === 'effect') expect(cut).toBe(words);
      }
    }
    expect(spans).toBeGreaterThan(500);
    expect(behindEmoji).toBeGreaterThan(0);
  });

  test('the lexicon finds the planted product in at least 95 % of its posts, and most others', () => {
    const { postOf } = namesOf(keyOfPlace(place), simulated.events);
    const rows = new Map(tables.spans.map(([id, text, spans]) => [id, { text, spans }]));
    const newest = newestOf(simulated.events);
    const naming = simulated.events.filter(
      (event) =>
        event.outcome.type === 'accepted' &&
        event.what === 'post' &&
        event.kind !== 'repost' &&
        event.copyOf === undefined &&
        event.draft?.written !== undefined &&
        newest.get(keyOf(event.platform, event.ref ?? { id: '' }))?.version === 0,
    );
    const found = naming.filter((event) => {
      const { text = '', spans = [] } = rows.get(postOf(event)) ?? {};
      const written = event.draft?.written ?? '';
      const at = text.toLowerCase().indexOf(written.toLowerCase());
      return spans.some(
        ([kind, , , , start, end]) => kind !== 'effect' && at >= 0 && start < at + written.length && end > at,
      );
    });
    const share = (product: string): number => {
      const own = ({ draft }: WorldEvent): boolean => product === '' || draft?.product === product;
      return found.filter(own).length / naming.filter(own).length;
    };
    expect(naming.length).toBeGreaterThan(300);
    expect(share(rise.product)).toBeGreaterThanOrEqual(0.95);
    // Names that are ordinary words too (iron, prep, patch) count only where something else says what is meant.
    expect(share('')).toBeGreaterThanOrEqual(0.85);
  });

  test('the planted signal shows: more people tell of the effect than before', () => {
    const { world, expected } = simulated;
    const people = (from: number, until: number): number =>
      new Set(tables.signal.filter(([, at]) => at >= from && at < until).map(([author]) => author)).size;
    const before = people(0, world.riseAt) / (days - rise.lastDays);
    const after = people(world.riseAt, world.end) / rise.lastDays;
    expect(after).toBeGreaterThan(2 * before);
    // Nobody is counted who has not said so: a model that finds more than there is would be no better.
    expect(people(0, world.end)).toBeLessThanOrEqual(expected.people(rise.product, rise.reaction) * 1.2);
    expect(people(world.riseAt, world.end)).toBeGreaterThan(7);
    expect(world.end - world.riseAt).toBe(rise.lastDays * day);
  });

  test('the same input again adds no row', async () => {
    await succeed(place, ['run', 'ingest', 'infer', 'store', '--once']);
    const [again] = await ask<Record<string, number>>(place, countsSql);
    expect(again).toEqual(counts);
  });

  test('another model adds its rows beside the first and overwrites none', async () => {
    const bundle = join(place.folder, 'another');
    cpSync(join(import.meta.dirname, '..', '..', 'models', 'vigil-minilm'), bundle, { recursive: true });
    const manifest = join(bundle, 'manifest.json');
    const { version, ...rest } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    writeFileSync(manifest, JSON.stringify({ ...rest, version: `${String(version)}-again` }));
    const set = (setting: string): string[] => ['--set', setting];
    await succeed(place, [
      ...set(`infer.model=${bundle}`),
      ...set('infer.group=again'),
      'run',
      'infer',
      'store',
      '--once',
    ]);
    const perModel = await ask<{ model: string; rows: number; posts: number }>(
      place,
      'SELECT model, toUInt32(count()) AS rows, toUInt32(uniqExact(post_id, revision)) AS posts FROM analyses GROUP BY model ORDER BY model',
    );
    const [{ posts } = { posts: 0 }] = await ask<{ posts: number }>(
      place,
      'SELECT toUInt32(count()) AS posts FROM posts FINAL',
    );
    expect(perModel.map(({ model }) => model.includes('-again'))).toEqual([false, true]);
    for (const { rows, posts: distinct } of perModel) expect([rows, distinct]).toEqual([posts, posts]);
    expect(posts).toBe(counts['posts']);
  });
});
