import { describe, expect, it } from 'vitest';
import type { WireChunk } from '../../services/simulate/event.ts';
import { createWorld } from '../../services/simulate/world.ts';

type Json = Record<string, unknown>;

const world = createWorld({
  seed: 11,
  start: new Date('2026-05-01T00:00:00Z'),
  days: 15,
  postsPerDay: 600,
  profile: 'demo',
});
const chunks = [...world.history()];
const of = (format: WireChunk['format']): WireChunk[] =>
  chunks.filter((chunk) => chunk.format === format && chunk.event.outcome.type !== 'none');
const json = (chunk: WireChunk): Json => JSON.parse(chunk.bytes) as Json;
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Json | undefined)?.[key as string], value);

describe('records end as their format demands', () => {
  it.each([
    ['x-v2', /^(\{[^\n]*\})?\r\n$/],
    ['jetstream', /^\{[^\n]*\}\n$/],
    ['mastodon-sse', /^(:thump\n\n|event: [a-z_.]+\ndata: [^\n]*\n\n)$/],
    ['pushshift', /^\{[\u0020-\u007e]*\}\n$/],
    ['discourse', /^\{[^\n]*\}\n$/],
    ['rss', /^<item>[^]*<\/item>\n$/],
  ] as const)('%s', (format, pattern) => {
    const wrong = chunks.filter((chunk) => chunk.format === format && !pattern.test(chunk.bytes));
    expect(chunks.filter((chunk) => chunk.format === format).length).toBeGreaterThan(50);
    expect(wrong.map(({ bytes }) => bytes)).toEqual([]);
  });
});

describe('x-v2', () => {
  const tweets = of('x-v2')
    .filter(({ event }) => event.kind !== undefined && event.what !== 'deletion')
    .map((chunk) => ({ chunk, line: json(chunk) }));

  it('has what every post of a stream has', () => {
    for (const { chunk, line } of tweets) {
      const data = line['data'] as Json;
      expect(data['id']).toMatch(/^\d{18,19}$/);
      expect(data['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
      expect(at(line, 'includes', 'users', 0, 'id')).toBe(data['author_id']);
      expect(at(data, 'edit_history_tweet_ids', 0)).toBe(chunk.event.ref?.id);
      expect(Array.from(data['text'] as string).length).toBeLessThanOrEqual(290);
      expect(at(line, 'matching_rules', 0, 'id')).toMatch(/^\d+$/);
    }
  });

  it('counts the places of its entities in code points', () => {
    let checked = 0;
    for (const { line } of tweets) {
      const data = line['data'] as Json;
      const whole = (at(data, 'note_tweet', 'text') ?? data['text']) as string;
      const points = Array.from(whole);
      const entities = (data['entities'] ?? {}) as Record<string, Json[]>;
      for (const [kind, key, mark] of [
        ['urls', 'url', ''],
        ['hashtags', 'tag', '#'],
        ['mentions', 'username', '@'],
      ] as const) {
        for (const entity of entities[kind] ?? []) {
          checked++;
          expect(points.slice(entity['start'] as number, entity['end'] as number).join('')).toBe(
            `${mark}${entity[key] as string}`,
          );
        }
      }
    }
    expect(checked).toBeGreaterThan(200);
  });

  it('carries reposts with the original, and long posts whole', () => {
    const reposts = tweets.filter(({ chunk }) => chunk.event.kind === 'repost');
    expect(reposts.length).toBeGreaterThan(20);
    for (const { line } of reposts) {
      expect(at(line, 'data', 'text')).toMatch(/^RT @\w+: /);
      expect(at(line, 'includes', 'tweets', 0, 'id')).toBe(at(line, 'data', 'referenced_tweets', 0, 'id'));
    }
    const long = tweets.filter(({ line }) => at(line, 'data', 'note_tweet') !== undefined);
    expect(long.length).toBeGreaterThan(0);
    for (const { line } of long) expect(at(line, 'data', 'text')).toMatch(/…$/);
  });
});

describe('jetstream', () => {
  it('has facets in bytes of UTF-8, and times that grow', () => {
    let last = 0;
    let checked = 0;
    for (const chunk of of('jetstream')) {
      const event = json(chunk);
      expect(event['did']).toMatch(/^did:plc:[a-z2-7]{24}$/);
      const time = event['time_us'] as number;
      if (chunk.event.what !== 'redelivery') {
        expect(Math.floor(time / 1000)).toBeGreaterThanOrEqual(Math.floor(last / 1000));
        last = time;
      }
      const record = at(event, 'commit', 'record');
      const text = Buffer.from((at(record, 'text') as string | undefined) ?? '');
      for (const facet of (at(record, 'facets') as Json[] | undefined) ?? []) {
        const shown = text
          .subarray(at(facet, 'index', 'byteStart') as number, at(facet, 'index', 'byteEnd') as number)
          .toString();
        const feature = at(facet, 'features', 0) as Json;
        if (feature['tag'] !== undefined) expect(shown).toBe(`#${feature['tag'] as string}`);
        else if (feature['did'] !== undefined) expect(shown).toMatch(/^@[\w-]+\.example\.com$/);
        else expect(feature['uri'] as string).toContain(shown.replace('…', ''));
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('has creations, updates, deletions and accounts', () => {
    const kinds = new Set(
      of('jetstream').map(
        (chunk) => `${at(json(chunk), 'kind') as string} ${at(json(chunk), 'commit', 'operation') as string}`,
      ),
    );
    expect(kinds).toEqual(new Set(['commit create', 'commit update', 'commit delete', 'account undefined']));
  });
});

describe('mastodon-sse', () => {
  it('has the three events, and HTML as Mastodon makes it', () => {
    const events = new Set<string>();
    let mentions = 0;
    for (const { bytes, event } of of('mastodon-sse')) {
      const [, name = '', data = ''] = /^event: (\S+)\ndata: (.*)\n\n$/.exec(bytes) ?? [];
      events.add(name);
      if (name === 'delete') expect(data).toBe(event.ref?.id);
      if (name !== 'update' && name !== 'status.update') continue;
      const status = JSON.parse(data) as Json;
      expect(status['content']).toMatch(/^<p>[^]*<\/p>$/);
      const bare = (status['content'] as string).replace(/<a .*?<\/a>/g, '');
      expect(bare).not.toMatch(/(?<![\w&])[@#]\w/);
      expect(status['edited_at'] === null).toBe(name === 'update');
      if ((status['content'] as string).includes('class="h-card"')) mentions++;
    }
    expect(events).toEqual(new Set(['update', 'status.update', 'delete', 'filters_changed']));
    expect(mentions).toBeGreaterThan(10);
  });
});

describe('pushshift', () => {
  it('has submissions, comments and what is left of deleted ones', () => {
    for (const chunk of of('pushshift')) {
      const thing = json(chunk);
      expect(thing['id']).toMatch(/^[0-9a-z]{6,12}$/);
      expect(Number.isInteger(thing['created_utc'])).toBe(true);
      expect((thing['body'] ?? thing['selftext']) === '[deleted]').toBe(chunk.event.what === 'deletion');
      if (thing['body'] === undefined) expect(thing['title']).not.toBe('');
      else expect(thing['link_id']).toMatch(/^t3_/);
    }
  });
});

describe('discourse and rss', () => {
  it('have posts and items with their parts', () => {
    for (const chunk of of('discourse')) {
      const post = at(json(chunk), 'latest_posts', 0) as Json;
      expect(post['cooked']).toMatch(/^<p>/);
      expect(post['topic_id']).toEqual(expect.any(Number));
      expect(post['deleted_at'] !== null).toBe(chunk.event.what === 'deletion');
    }
    for (const { bytes } of of('rss')) {
      expect(bytes).toMatch(
        /<title>[^<]+<\/title><link>https:\/\/daily\.example\.org\/\S+<\/link><guid[^>]*>[^<]+<\/guid><pubDate>\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT<\/pubDate>/,
      );
    }
  });
});

describe('what is invented stays in the ranges kept for inventions', () => {
  const texts = chunks.map(({ event }) => event.text);

  it('telephone numbers end in 555-0100 to 555-0199', () => {
    const phones = texts.flatMap((text) => text.match(/\+?[\d(][\d() .-]{6,}\d/g) ?? []);
    expect(phones.length).toBeGreaterThan(10);
    for (const phone of phones) expect(phone).toMatch(/555-01\d\d$/);
  });

  it('addresses and links lead to example domains', () => {
    const addresses = texts.flatMap((text) => text.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g) ?? []);
    expect(addresses.length).toBeGreaterThan(10);
    for (const address of addresses) expect(address).toMatch(/[@.]example\.(com|org|net)$/);
    const links = chunks.flatMap(({ bytes }) => bytes.match(/https?:\/\/(?!www\.<)[^\s"'<>\\]+/g) ?? []);
    for (const link of new Set(links.map((found) => new URL(found).hostname))) {
      expect(link).toMatch(/(^|\.)example(\.(com|org|net))?$|^t\.co$|^www\.reddit\.com$|^purl\.org$/);
    }
  });

  it('handles, addresses and numbers in a text are told apart as secrets', () => {
    let checked = 0;
    for (const { event } of chunks) {
      if (event.what !== 'post' || event.kind === 'article') continue;
      for (const secret of event.draft?.secrets ?? []) {
        if (event.outcome.type !== 'accepted') continue;
        checked++;
        expect(event.text.toLowerCase()).toContain(secret.toLowerCase());
      }
    }
    expect(checked).toBeGreaterThan(300);
  });
});
