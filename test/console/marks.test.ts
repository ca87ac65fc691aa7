import { afterAll, beforeAll, expect, test } from 'vitest';
import { spanMarks, type SpanMark } from '../../schemas/analysis.ts';
import { createFindings } from '../../services/console/findings.ts';
import { csvLine } from '../../services/infer/analyse-csv.ts';
import { kindPostsSql } from '../../services/store/queries/alert-events.ts';
import { tablesOf } from '../../services/store/queries/counts.ts';
import { refreshSuperseded } from '../../services/store/queries/mentions.ts';
import { analysedSample, noon } from '../store/samples.ts';
import { insertSamples, openConsoleWorld, type World } from './world.ts';

// Effects that the model says more of, from the record of the analysis to all places where people see or count them.
let world: World;
let app: ReturnType<World['open']>;

/** Posts, what is said of the effect in each, and what it counts as. */
const posts: readonly (readonly [n: number, marks: readonly SpanMark[], role: string])[] = [
  [0, [], 'effect'],
  [1, [], 'effect'],
  [2, ['negated'], 'negated'],
  [3, ['negated', 'other-person'], 'negated'],
  [4, ['indication'], 'indication'],
  [5, ['other-person', 'indication'], 'indication'],
  [6, ['other-person'], 'other-person'],
  [7, ['uncertain', 'other-person'], 'other-person'],
  [8, ['uncertain'], 'uncertain'],
];
const numbersOf = (role: string): number[] => posts.flatMap(([n, , own]) => (own === role ? [n] : []));

beforeAll(async () => {
  world = await openConsoleWorld();
  for (const [n, marks] of posts) await insertSamples(world.database, [n], marks.length > 0 ? { marks } : {});
  await refreshSuperseded(world.database);
  app = world.open();
});
afterAll(() => world.database[Symbol.asyncDispose]());

const get = async (path: string, accept = 'application/json'): Promise<string> =>
  (await app.request(path, { headers: { accept } })).text();
const html = (path: string) => get(path, 'text/html');
const days = 'from=2026-03-01&to=2026-03-01';

test('a role has a count of its own, and only effects that somebody had enter the main one', async () => {
  const { sql, params } = tablesOf('term', { from: '2026-03-01', to: '2026-03-01' });
  const [main, ...others] = await world.database.query(sql, { params });
  expect([main, others]).toMatchObject([{ n11: 2, posts: 2 }, []]);
  const { totals, roles } = JSON.parse(await get(`/api/v1/pairs/v:tablets/v:headache?${days}`)) as {
    totals: object;
    roles: { role: string; posts: number }[];
  };
  expect(totals).toEqual({ people: 2, posts: 2 });
  expect(Object.fromEntries(roles.map(({ role, posts: count }) => [role, count]))).toEqual(
    Object.fromEntries(['effect', ...spanMarks].map((role) => [role, numbersOf(role).length])),
  );
});

test.each(['effect', ...spanMarks])('the posts of the role %s are found by it', async (role) => {
  const { items } = JSON.parse(await get(`/api/v1/posts?${days}&role=${role}`)) as {
    items: { postId: string }[];
  };
  expect(items.map(({ postId }) => postId).sort()).toEqual(numbersOf(role).map((n) => `forum:${n}`));
});

test('the page of a post says it at the words, at the term and beside the mark', async () => {
  const denied = await html('/posts/forum%3A3');
  expect(denied).toContain('<mark class="effect negated"');
  expect(denied).toMatch(/<span class="badge">negated<\/span>\s*<span class="badge">other-person<\/span>/);
  const had = await html('/posts/forum%3A0');
  expect(had).toContain('<mark class="effect"');
  expect(had).toContain('counts as an effect');
});

test('a probability stands with the answer that it is of', async () => {
  const rowOf = (page: string, title: string) =>
    new RegExp(`<summary>${title}</summary>[\\s\\S]*?</tr>`).exec(page)?.[0].replaceAll(/<[^>]*>|\s+/g, ' ');
  const page = await html('/posts/forum%3A0');
  expect(rowOf(page, 'Withdrawal')).toMatch(/ no .* yes 10 %/);
  expect(rowOf(page, 'Vaccine stance')).toMatch(/ neutral .* neutral 90 %/);
  expect(await html(`/posts?${days}`)).toMatch(/<\/svg> yes 90 %/);
  const { analyses } = JSON.parse(await get('/api/v1/posts/forum%3A0')) as {
    analyses: { answers: { id: string; label: string; probabilityOf: string }[] }[];
  };
  expect(analyses[0]?.answers.find(({ id }) => id === 'withdrawal')).toMatchObject({
    label: 'no',
    probabilityOf: 'yes',
  });
});

test('lists of posts and of findings tell it from an effect', async () => {
  const list = await html(`/posts?${days}`);
  expect(list.match(/class="chip effect weak"/g)).toHaveLength(7);
  const findings = await createFindings(world.database, ['adverse_effect']).latest(20);
  const roles = findings.map(({ postId, spans }) => [postId, spans.map(({ role }) => role)]);
  expect(Object.fromEntries(roles)).toEqual(
    Object.fromEntries(posts.map(([n, , role]) => [`forum:${n}`, [role]])),
  );
});

test('a file of posts has the effects that somebody had apart from what else is said', async () => {
  const lines = (await get(`/api/v1/posts/export?${days}&format=ndjson`)).trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
  expect(
    Object.fromEntries(rows.map((row) => [row['post_id'], [row['effects'], row['other_effects']]])),
  ).toEqual(
    Object.fromEntries(
      posts.map(([n, , role]) => [
        `forum:${n}`,
        role === 'effect' ? ['Headache', ''] : ['', `Headache (${role})`],
      ]),
    ),
  );
});

test('an alert on posts of a kind passes over what is denied', async () => {
  const none = { sources: [], languages: [], products: [], terms: [], classes: [] };
  const params = { ...none, from: noon, to: noon + 60_000, limit: 99, probability: 0.5, words: '' };
  const found = await world.database.query<{ postId: string }>(kindPostsSql, {
    params: { ...params, events: ['v:headache'] },
  });
  const told = posts.flatMap(([n, , role]) => (role === 'negated' ? [] : [`forum:${n}`]));
  expect(found.map(({ postId }) => postId)).toEqual(told);
});

test('a line of CSV holds the marks with their spans', () => {
  const { analysis } = analysedSample(3, { marks: ['negated', 'other-person'] });
  expect(csvLine(analysis, [])).toContain('""marks"":[""negated"",""other-person""]');
});
