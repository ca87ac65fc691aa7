import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AnalysedPost } from '../../../schemas/analysis.ts';
import type { Post } from '../../../schemas/post.ts';
import { createPseudonyms } from '../../../services/ingest/pseudonym.ts';
import { expectationOf } from '../../../services/simulate/expect.ts';
import type { WorldEvent } from '../../../services/simulate/event.ts';
import { writeFiles } from '../../../services/simulate/files.ts';
import { createWorld } from '../../../services/simulate/world.ts';
import { tablesOf } from '../../../services/store/queries/counts.ts';
import { createWorld as createIngest, key, started } from '../../ingest/world.ts';
import { analysedSample } from '../samples.ts';
import { openWorld } from '../world.ts';
import { insertAll, refresh } from './build.ts';
import { peopleOf, scratchMentions, scratchTables, type Stored } from './scratch.ts';

const day = 86_400_000;
const rise = { product: 'montelukast', reaction: 'nightmare', perDay: 6, factor: 4, lastDays: 4 };

const idOf = (name: string): string => name.replaceAll(' ', '_');

/** What a model that makes no mistake would say, in the same record as a model's answer. */
function truthOf(post: Post, event: WorldEvent): AnalysedPost {
  const { analysis } = analysedSample(0, { analysedAt: post.seenAt + post.revision });
  const { product, effects = [] } = event.draft ?? {};
  const place = { start: 0, end: 1, startUtf16: 0, endUtf16: 1 };
  const p = effects.length > 0 ? 0.9 : 0.05;
  const answer = { label: p > 0.5 ? 'yes' : 'no', probability: p, probabilities: [1 - p, p] };
  return {
    v: 1,
    post,
    analysis: {
      ...analysis,
      postId: post.id,
      revision: post.revision,
      tasks: { adverse_effect: answer },
      products: product === undefined ? [] : [{ id: idOf(product), name: product, kind: 'drug', ...place }],
      spans: effects.map(({ term }) => ({
        label: 'effect',
        ...place,
        text: '',
        score: 1,
        level: 'term',
        terms: [{ id: idOf(term), term, classId: 'c', className: 'class', score: 1 }],
      })),
    },
  };
}

test('people of the simulated world are counted as from scratch, and as the world knows them', async () => {
  const world = createWorld({
    seed: 3,
    start: new Date(started - 20 * day),
    days: 16,
    postsPerDay: 250,
    profile: 'demo',
    signal: rise,
  });
  await using ingest = await createIngest();
  const events: WorldEvent[] = [];
  const records = world.history().map((chunk) => (events.push(chunk.event), chunk));
  const files = await writeFiles(records, join(ingest.folder, 'in'));
  await ingest.run(files.map(({ path }) => path));
  const pseudonyms = createPseudonyms(key);
  const byId = new Map<string, WorldEvent[]>();
  for (const event of events) {
    const { platform, ref, outcome } = event;
    if (!ref || outcome.type !== 'accepted') continue;
    const owner =
      ref.authorId === undefined ? '' : `.${pseudonyms.hashOf(platform, platform, ref.authorId).slice(0, 8)}`;
    const id = `${platform}:${ref.id}${owner}`;
    byId.set(id, [...(byId.get(id) ?? []), event]);
  }
  const analysed = (await ingest.posts()).flatMap((post) => {
    const versions = byId.get(post.id) ?? [];
    const event = versions.find(({ version }) => version === post.revision) ?? versions.at(-1);
    return event ? [truthOf(post, event)] : [];
  });
  const deletions = await ingest.deletions();

  await using database = await openWorld();
  const half = analysed.length >> 1;
  await insertAll(database, analysed.slice(half));
  await refresh(database);
  // The older half comes later, and with it everything that takes something back.
  await insertAll(database, [...deletions, ...analysed.slice(0, half)]);
  await insertAll(database, analysed.slice(half - 100, half + 100));
  await refresh(database);

  const stored: Stored = {
    analysed,
    deletedPosts: new Set(deletions.flatMap(({ postId }) => postId ?? [])),
    deletedAuthors: new Set(deletions.flatMap(({ author }) => author ?? [])),
  };
  expect(stored.deletedPosts.size).toBeGreaterThan(20);
  const asked = { run: 'live', role: 'effect' } as const;
  const { sql, params } = tablesOf('term', { from: '2020-01-01', to: '2030-01-01' });
  const tables = await database.query(sql, { params });
  const columns = ['product_id', 'reaction_id', 'n11', 'n1x', 'nx1', 'n', 'posts'];
  expect(tables.map((row) => columns.map((name) => row[name]).join(' ')).sort()).toEqual(
    scratchTables(stored, asked),
  );
  expect(tables.length).toBeGreaterThan(100);

  // The world calls a post original where it wrote it so; two people may still have written the same words.
  const known = expectationOf(events).people(rise.product, rise.reaction);
  const planted = tables.find(
    (row) => row['product_id'] === rise.product && row['reaction_id'] === rise.reaction,
  );
  const people = Number(planted?.['n11']);
  expect(people).toBeLessThanOrEqual(known);
  expect(people).toBeGreaterThan(known * 0.85);
  const ofPair = scratchMentions(stored, { ...asked, withDuplicates: true }).filter(
    ({ product, concept }) => product === rise.product && concept === rise.reaction,
  );
  expect(peopleOf(ofPair)).toBeGreaterThan(people);
});
