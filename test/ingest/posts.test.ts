import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Post } from '../../schemas/post.ts';
import { createWorld, key, started, streams } from './world.ts';

const hashOf = (subject: string): string =>
  createHmac('sha256', key).update(subject).digest('hex').slice(0, 32);

async function postsOf(file: string): Promise<Post[]> {
  await using world = await createWorld();
  await world.run([join(streams, file)]);
  return await world.posts();
}

const ids = (posts: readonly Post[]): string[] => posts.map(({ id }) => id);

describe('X, API v2', () => {
  test('texts, links and people', async () => {
    const [first, repost, reply, quote] = await postsOf('x-v2.ndjson');
    expect(first).toMatchObject({
      id: 'x:1654000000000000001',
      platform: 'x',
      kind: 'post',
      text: "day three of the new tablets & my hands won't stop shaking @user [link]",
      lang: 'en',
      links: ['news.example.org'],
      permalink: 'https://x.com/i/web/status/1654000000000000001',
      createdAt: Date.UTC(2023, 4, 4, 10, 11, 12),
      seenAt: started,
      author: { hash: hashOf('x\u0000501'), followers: '1k-9k', ageYears: '5+', automated: false },
    });
    expect(repost).toMatchObject({
      kind: 'repost',
      repostOf: 'x:1654000000000000001',
      text: "day three of the new tablets & my hands won't stop shaking, all of it at length here",
    });
    expect(reply).toMatchObject({ kind: 'reply', replyTo: 'x:1654000000000000001', country: 'NZ' });
    expect(quote).toMatchObject({ kind: 'quote', repostOf: 'x:1654000000000000001' });
  });

  test('an edited post keeps the id of its first version, and so does its deletion', async () => {
    await using world = await createWorld();
    await world.run([join(streams, 'x-v2.ndjson')]);
    const versions = (await world.posts()).filter(({ id }) => id === 'x:1654000000000000006');
    expect(versions.map(({ revision, edits }) => [revision, edits.length])).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(await world.deletions()).toMatchObject([
      { postId: 'x:1654000000000000006', author: null, reason: 'deleted' },
      { postId: null, author: hashOf('x\u0000777'), reason: 'suspended' },
      { postId: 'x:1654000000000000033', reason: 'deleted', at: Date.UTC(2023, 4, 6) },
    ]);
  });
});

test('X, API v1.1', async () => {
  await using world = await createWorld();
  await world.run([join(streams, 'x-v1.ndjson')]);
  const [first, long, repost, reply, quote] = await world.posts();
  expect(first).toMatchObject({ id: 'x:859000000000000001', country: 'GB', flags: ['sensitive'] });
  expect(long?.text).toMatch(/^not cut short.*safe side$/);
  expect(repost).toMatchObject({ kind: 'repost', repostOf: first?.id, cluster: first?.cluster });
  expect(reply).toMatchObject({ kind: 'reply', replyTo: first?.id, text: '@user drink more water' });
  expect(quote).toMatchObject({ kind: 'quote', repostOf: first?.id });
  expect((await world.deletions()).map(({ postId, reason }) => [postId, reason])).toEqual([
    ['x:859000000000000004', 'deleted'],
    [null, 'withheld'],
  ]);
});

test.each([
  ['scrub_geo of v1.1', '{"scrub_geo":{"user_id_str":"61","up_to_status_id_str":"9"}}'],
  ['scrub_geo of v2', '{"data":{"scrub_geo":{"user":{"id":"61"},"event_at":"2024-01-01T00:00:00Z"}}}'],
  [
    'scrub_geo of a batch of v2',
    '{"id":"61","action":"delete","redacted_at":"2024-01-01T00:00:00Z","reason":"scrub_geo"}',
  ],
  ['the end of a protection, v1.1', '{"user_unprotect":{"id_str":"61","timestamp_ms":"1493900000000"}}'],
  ['the end of a protection, v2', '{"data":{"user_unprotect":{"user":{"id":"61"}}}}'],
  [
    'an active account of Bluesky',
    '{"did":"did:plc:fff","time_us":1735000009000000,"kind":"account","account":{"active":true}}',
  ],
])('%s deletes nothing', async (_name, line) => {
  await using world = await createWorld();
  const file = join(world.folder, 'notice.ndjson');
  await writeFile(file, `${line}\n`);
  expect(await world.run([file])).toMatchObject({ read: 1, deletions: 0, dropped: { 'not-a-post': 1 } });
});

test('Bluesky: a key names a post together with its author', async () => {
  await using world = await createWorld();
  await world.run([join(streams, 'jetstream.ndjson')]);
  const posts = await world.posts();
  const a = `bluesky:3laa.${hashOf('bluesky\u0000did:plc:aaa').slice(0, 8)}`;
  const b = `bluesky:3laa.${hashOf('bluesky\u0000did:plc:bbb').slice(0, 8)}`;
  expect(ids(posts)).toEqual([a, b, a]);
  expect(posts.map(({ revision }) => revision)).toEqual([0, 0, 45]);
  expect(posts[0]?.links).toEqual(['clinic.example.net']);
  expect(posts[1]).toMatchObject({ kind: 'reply', replyTo: a, threadId: a });
  expect(await world.deletions()).toMatchObject([
    { postId: b, reason: 'deleted' },
    { postId: null, author: hashOf('bluesky\u0000did:plc:eee'), reason: 'account-deleted' },
  ]);
});

test('Mastodon: HTML becomes text, edits become revisions', async () => {
  const [first, boost, edit, french] = await postsOf('mastodon.sse');
  expect(first?.text).toBe('@user took it at night,\nslept & slept. [link]\n\nnever again');
  expect(first?.links).toEqual(['blog.example.org']);
  expect(first?.permalink).toBeNull();
  expect(first?.author.hash).toBe(hashOf('mastodon\u0000fern@social.example'));
  expect(boost).toMatchObject({
    kind: 'repost',
    repostOf: 'mastodon:1090',
    text: 'rash on both arms since the cream',
  });
  expect(edit).toMatchObject({ id: first?.id, revision: 600, editedAt: Date.UTC(2024, 1, 3, 4, 15, 6) });
  expect(french).toMatchObject({
    lang: 'fr',
    replyTo: 'mastodon:1101',
    text: 'santé\nil fait beau et je me sens mieux',
  });
});

test('Reddit: threads, edits, and what is gone', async () => {
  await using world = await createWorld();
  await world.run([join(streams, 'pushshift.ndjson')]);
  const [submission, comment, answer, numeric] = await world.posts();
  expect(submission).toMatchObject({
    id: 'reddit:t3_sub1',
    revision: 600,
    text: 'Anyone else with a metallic taste?\nsince week two, >3 times a day. see [this] ([link])',
    permalink: 'https://www.reddit.com/comments/sub1',
  });
  expect(comment).toMatchObject({
    kind: 'comment',
    text: '@user yes, same for me',
    threadId: 'reddit:t3_sub1',
    replyTo: 'reddit:t3_sub1',
    permalink: 'https://www.reddit.com/comments/sub1/_/com1',
    author: { hash: hashOf('reddit\u0000tall_grass') },
  });
  expect(answer).toMatchObject({ replyTo: 'reddit:t1_com1', revision: 500 });
  expect(numeric?.replyTo).toBe(`reddit:t1_${(37_635_511_252).toString(36)}`);
  expect((await world.deletions()).map(({ postId }) => postId)).toEqual(['reddit:t1_com3', 'reddit:t1_com4']);
});

test('Discourse: quotations are not the author’s words', async () => {
  const [first, second] = await postsOf('discourse-topic.json');
  expect(first).toMatchObject({
    id: 'discourse:401',
    text: 'Itching on the new cream\nItching since the second week. @user you too?',
    threadId: 'discourse:t40',
  });
  expect(second).toMatchObject({
    kind: 'reply',
    text: 'Yes, arms and neck',
    replyTo: 'discourse:401',
    revision: 2,
  });
});

describe('feeds', () => {
  test('RSS 2.0, with comments and character data', async () => {
    const [first, bare] = await postsOf('rss2.xml');
    expect(first).toMatchObject({
      kind: 'article',
      lang: 'en',
      text: 'New label for a heart medicine\nThe agency asks for a warning on fainting. is not the end.',
      permalink: 'https://gazette.example.org/heart',
    });
    // An address with an author in it is not kept; an item without a date takes the time of reading.
    expect(bare).toMatchObject({ text: 'Rain on Sunday', permalink: null, createdAt: started });
  });
  test.each([
    ['https://gazette.example.org/2024/heart', true],
    ['https://gazette.example.org/ida-fern/heart', false],
    ['https://gazette.example.org/~ida', false],
  ])('a link %s is kept: %s', async (link, kept) => {
    await using world = await createWorld();
    const item = `<item><title>t</title><link>${link}</link><author>Ida Fern</author></item>`;
    const file = join(world.folder, 'feed.rss');
    await writeFile(
      file,
      `<?xml version="1.0"?><rss version="2.0"><channel><title>c</title>${item}</channel></rss>`,
    );
    await world.run([file]);
    expect((await world.posts()).map(({ permalink }) => permalink)).toEqual([kept ? link : null]);
  });
  test('RSS 1.0 in Latin-1', async () => {
    expect(await postsOf('rss1.rdf')).toMatchObject([
      { text: 'Müdigkeit nach der Spritze\nViele klagen über Müdigkeit.', lang: 'de' },
    ]);
  });
  test('Atom with XHTML', async () => {
    expect(await postsOf('atom.xml')).toMatchObject([
      { text: 'A cough & a cold\ncough since monday', revision: 600, lang: 'en' },
    ]);
  });
});

test('tables of one’s own', async () => {
  const [first, second] = await postsOf('own.csv');
  expect(first).toMatchObject({ id: 'file:1', text: 'slept badly, then\nworse', lang: 'en' });
  expect(second?.text).toBe('he said "never again"');
  const [seven, eight, tail] = await postsOf('own.ndjson');
  expect(seven).toMatchObject({ id: 'file:7', createdAt: started });
  expect(eight?.createdAt).toBe(Date.UTC(2024, 2, 4, 5, 6, 7));
  expect(tail?.text).toBe('tail without an end');
  expect((await postsOf('own-array.json')).map(({ text }) => text)).toEqual([
    'in an array',
    'pretty [printed] {text}',
  ]);
});

test('a name of one’s own for the source', async () => {
  await using world = await createWorld();
  await world.run([join(streams, 'own.csv')], { source: 'survey-2024' });
  expect(ids(await world.posts())).toEqual(['survey-2024:1', 'survey-2024:2']);
});
