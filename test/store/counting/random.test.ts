import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spanMarks, type AnalysedPost } from '../../../schemas/analysis.ts';
import type { Database } from '../../../services/store/database.ts';
import { rolesOf, seriesOf, tableOf, tablesOf } from '../../../services/store/queries/counts.ts';
import type { Question } from '../../../services/store/queries/mention-filter.ts';
import { noon } from '../samples.ts';
import { openWorld } from '../world.ts';
import {
  dayMs,
  deletionOfAuthor,
  deletionOfPost,
  empty,
  insertAll,
  recordOf,
  refresh,
  type Answer,
} from './build.ts';
import { peopleOf, postsOf, scratchMentions, scratchTables, type Asked, type Stored } from './scratch.ts';

let database: Database;
beforeAll(async () => {
  database = await openWorld();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

type Step =
  | { readonly do: 'answers'; readonly answers: readonly (Answer & { readonly at: number })[] }
  | { readonly do: 'repeat'; readonly which: number }
  | { readonly do: 'delete post' | 'delete author'; readonly n: number }
  | { readonly do: 'refresh' };

const few = (max: number) => fc.integer({ min: 0, max });
const answer = fc.record({
  post: few(7),
  revision: fc.constantFrom(0, 0, 0, 1, 2),
  run: fc.constantFrom<Answer['run'][]>('live', 'live', 'again'),
  model: fc.constantFrom<Answer['model'][]>('m1', 'm1', 'm2'),
  refused: fc.constantFrom(false, false, false, true),
  effect: fc.constantFrom<Answer['effect'][]>('yes', 'yes', 'yes', 'unsure', 'no'),
  indication: fc.boolean(),
  products: fc.array(few(2), { minLength: 1, maxLength: 2 }),
  spans: fc.array(
    fc.record({
      concept: few(3),
      mark: fc.constantFrom<Answer['spans'][number]['mark'][]>(
        ...Array.from({ length: 12 }, () => 'none' as const),
        ...spanMarks,
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  at: few(100_000),
});
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('answers' as const),
        answers: fc.array(answer, { minLength: 5, maxLength: 12 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: few(20) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('delete post' as const, 'delete author' as const),
        n: few(7),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('refresh' as const) }) },
  ),
  { minLength: 4, maxLength: 12, size: 'max' },
);

/** Plays a history against the tables. @returns what a reader of the whole history knows. */
async function play(history: readonly Step[]): Promise<Stored> {
  await empty(database);
  const batches: AnalysedPost[][] = [];
  const deletedPosts = new Set<string>();
  const deletedAuthors = new Set<string>();
  let moment = 0;
  for (const step of history) {
    if (step.do === 'refresh') await refresh(database);
    else if (step.do === 'answers') {
      // No two analyses are made in the same millisecond by the same model, whichever came first.
      const batch = step.answers.map((one) => recordOf(one, noon + one.at * 1000 + moment++));
      await insertAll(database, batch);
      batches.push(batch);
    } else if (step.do === 'repeat') {
      const again = batches[step.which % Math.max(1, batches.length)];
      if (again) await insertAll(database, again);
    } else if (step.do === 'delete post') {
      await insertAll(database, [deletionOfPost(step.n)]);
      deletedPosts.add(`forum:${step.n}`);
    } else {
      const notice = deletionOfAuthor(step.n % 3);
      await insertAll(database, [notice]);
      deletedAuthors.add(notice.author ?? '');
    }
  }
  await refresh(database);
  return { analysed: batches.flat(), deletedPosts, deletedAuthors };
}

const ask = ({ sql, params }: Question) => database.query(sql, { params });
const lastDay = Math.floor(noon / dayMs);
const nameOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
const whole = { from: '2026-01-01', to: '2026-12-31' };

/** What is asked of every world, in each of its runs. */
const questions: readonly Omit<Asked, 'run'>[] = [
  { role: 'effect' },
  { role: 'effect', from: lastDay },
  { role: 'effect', to: lastDay - 1 },
  { role: 'effect', withDuplicates: true },
  { role: 'effect', model: 'm1' },
  { role: 'effect', model: 'm1', withDuplicates: true },
  { role: 'uncertain' },
  { role: 'negated' },
];

test('counts that were kept up to date are those from scratch', { timeout: 120_000 }, async () => {
  let rows = 0;
  let copies = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const stored = await play(history);
      const asked = (['live', 'again'] as const).flatMap((run) => questions.map((one) => ({ run, ...one })));
      for (const question of asked) {
        const { from, to, ...rest } = question;
        const filter = {
          ...rest,
          from: from === undefined ? whole.from : nameOf(from),
          to: to === undefined ? whole.to : nameOf(to),
        };
        const tables = await ask(tablesOf('term', filter));
        const columns = ['product_id', 'reaction_id', 'n11', 'n1x', 'nx1', 'n', 'posts'];
        expect(tables.map((row) => columns.map((name) => row[name]).join(' ')).sort()).toEqual(
          scratchTables(stored, question),
        );
        rows += tables.length;
      }
      const live = { run: 'live', role: 'effect' } as const;
      const mentions = scratchMentions(stored, live);
      copies += scratchMentions(stored, { ...live, withDuplicates: true }).length - mentions.length;
      const ofProduct = mentions.filter(({ product }) => product === 'p0');
      const days = Map.groupBy(ofProduct, ({ post }) => nameOf(Math.floor(post.createdAt / dayMs)));
      expect(await ask(seriesOf({ productId: 'p0' }, 'day', whole))).toEqual(
        [...days]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([at, of]) => ({ at, people: peopleOf(of), posts: postsOf(of) })),
      );
      const pair = { productId: 'p0', reactionId: 'c1', level: 'class' } as const;
      const ofClass = mentions.filter(({ classId }) => classId === 'c1');
      expect(await ask(tableOf(pair, whole))).toEqual(
        mentions.length === 0
          ? []
          : [
              {
                stratum: '',
                n11: peopleOf(ofClass.filter(({ product }) => product === 'p0')),
                n1x: peopleOf(ofProduct),
                nx1: peopleOf(ofClass),
                n: peopleOf(mentions),
              },
            ],
      );
    }),
    { numRuns: 6, endOnFailure: true },
  );
  // The worlds are not so small that nothing happens in them.
  expect(rows).toBeGreaterThan(20);
  expect(copies).toBeGreaterThan(0);
});

test("a model's own answers stay countable beside newer ones, and every role has its own count", async () => {
  const base: Answer = {
    post: 0,
    revision: 0,
    run: 'live',
    model: 'm1',
    refused: false,
    effect: 'yes',
    indication: false,
    products: [0],
    spans: [{ concept: 1, mark: 'none' }],
  };
  await empty(database);
  const first = [0, 4, 1, 2].map((post, i) => recordOf({ ...base, post }, noon + i));
  await insertAll(database, first);
  await insertAll(database, [
    recordOf({ ...base, model: 'm2', effect: 'no' }, noon + 100),
    recordOf({ ...base, post: 6 }, noon + 101),
    recordOf({ ...base, post: 3, spans: [{ concept: 1, mark: 'negated' }] }, noon + 102),
    recordOf({ ...base, post: 5, effect: 'unsure' }, noon + 103),
  ]);
  await refresh(database);
  const count = async (more: object) =>
    (await ask(tablesOf('term', { ...whole, ...more }))).map(({ n11, posts }) => [n11, posts]);
  // Posts 0 and 4 share a text and 4 is earlier; 6 is an advert of the text of 2.
  expect(await count({})).toEqual([[2, 3]]);
  expect(await count({ model: 'm1' })).toEqual([[2, 3]]);
  expect(await count({ model: 'm1', withDuplicates: true })).toEqual([[3, 5]]);
  expect(await count({ withDuplicates: true })).toEqual([[3, 4]]);
  expect(await count({ model: 'm2' })).toEqual([]);
  expect(await ask(rolesOf({ productId: 'p0' }, whole))).toEqual([
    { role: 'effect', people: 2, posts: 3, all_people: 3, all_posts: 4 },
    { role: 'negated', people: 1, posts: 1, all_people: 1, all_posts: 1 },
    { role: 'uncertain', people: 1, posts: 1, all_people: 1, all_posts: 1 },
  ]);
});
