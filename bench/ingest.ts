import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '../schemas/topics.ts';
import { ingestConfig } from '../services/ingest/config.ts';
import { openDuplicateIndex } from '../services/ingest/dedupe.ts';
import { ingestFiles } from '../services/ingest/ingest.ts';
import type { Log } from '../services/log/log.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';
import { median } from './shared/median.ts';
import { writeResult } from './shared/result.ts';

/**
 * Processor time from the bytes of a file to entries that are ready to append, per format; and the time of
 * the duplicate index as it grows. `node bench/ingest.ts [records]`.
 */
const records = Number(process.argv[2] ?? 50_000);

const sentences = [
  'started the new tablets on monday and my head has been spinning ever since',
  'anybody else get a dry mouth from 20mg? it is driving me mad',
  'lovely walk by the river this morning, the dog swam twice',
  'third dose yesterday, arm is sore but otherwise fine so far',
  'cannot sleep at all, took it at 10:30 pm and stared at the ceiling until 5',
  'new season starts friday, who is watching with me?',
  'my doctor switched me to another one because of the rash on my hands',
  'reading about it on https://example.org/news/12345 @some_friend what do you think',
];
const textOf = (n: number): string =>
  `${sentences[n % sentences.length]} ${sentences[(n * 7 + 3) % sentences.length]} ${n}`;

const makers: Record<string, (n: number) => string> = {
  'x v2, 1.5 KB': (n) =>
    JSON.stringify({
      data: {
        id: String(1_400_000_000_000_000_000n + BigInt(n) * 4_194_304n),
        author_id: String(100_000 + (n % 30_000)),
        conversation_id: String(1_400_000_000_000_000_000n + BigInt(n) * 4_194_304n),
        created_at: '2021-06-02T10:11:12.000Z',
        text: textOf(n),
        lang: 'en',
        source: 'Twitter for Android',
        possibly_sensitive: false,
        reply_settings: 'everyone',
        public_metrics: { like_count: 3, quote_count: 0, retweet_count: 1, reply_count: 0 },
        edit_history_tweet_ids: [String(1_400_000_000_000_000_000n + BigInt(n) * 4_194_304n)],
        entities: {
          urls: [
            {
              start: 1,
              end: 24,
              url: 'https://t.co/abcdefghij',
              expanded_url: 'https://example.org/a',
              display_url: 'example.org/a',
            },
          ],
          annotations: [{ start: 1, end: 9, probability: 0.7, type: 'Other', normalized_text: 'something' }],
        },
        context_annotations: [
          {
            domain: {
              id: '46',
              name: 'Category',
              description: 'Categories within verticals that narrow down',
            },
            entity: { id: '1', name: 'Thing' },
          },
          {
            domain: { id: '47', name: 'Brand', description: 'Whatever is sold under a label of its own' },
            entity: { id: '2', name: 'Other' },
          },
        ],
      },
      includes: {
        users: [
          {
            id: String(100_000 + (n % 30_000)),
            username: `user${n % 30_000}`,
            name: 'A name',
            created_at: '2015-01-01T00:00:00.000Z',
            description: 'some words about the person that the parser has no use for',
            public_metrics: {
              followers_count: n % 5000,
              following_count: 10,
              tweet_count: 100,
              listed_count: 0,
            },
            verified: false,
          },
        ],
      },
      matching_rules: [{ id: '1', tag: 'all' }],
    }),
  jetstream: (n) =>
    JSON.stringify({
      did: `did:plc:${(n % 30_000).toString(36).padStart(24, 'a')}`,
      time_us: 1_741_064_767_089_000 + n * 1000,
      kind: 'commit',
      commit: {
        operation: 'create',
        rkey: `3l${n.toString(36).padStart(11, '2')}`,
        collection: 'app.bsky.feed.post',
        rev: '3kaaaaaaaaa22',
        record: {
          $type: 'app.bsky.feed.post',
          text: textOf(n),
          createdAt: '2025-03-04T05:06:07.089Z',
          langs: ['en'],
        },
        cid: 'bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
      },
    }),
  'table, no language': (n) =>
    JSON.stringify({
      id: String(n),
      author: `a${n % 30_000}`,
      text: textOf(n),
      created: '2024-12-24T02:34:57Z',
    }),
};

/** Takes everything and keeps nothing, so that only ingest is measured. */
const nowhere = {
  driver: 'none',
  createTopics: async () => {},
  append: async () => {},
  ranges: async () => [],
} as unknown as Log;

const work = await mkdtemp(join(tmpdir(), 'bench-ingest-'));
const logger = createLogger({ level: 'error', format: 'json' });
const settings = ingestConfig.parse({});

process.stdout.write(`${topics.length} topics, ${records} records, median of 3\n`);
const formats: unknown[] = [];
process.stdout.write('| format | bytes/record | µs of processor/record | posts/s |\n|---|---|---|---|\n');
for (const [name, make] of Object.entries(makers)) {
  const path = join(work, 'posts.ndjson');
  const text = `${Array.from({ length: records }, (_, n) => make(n)).join('\n')}\n`;
  await writeFile(path, text);
  const cpu: number[] = [];
  const rate: number[] = [];
  for (let run = 0; run < 3; run++) {
    const indexFile = join(work, `index-${name.replaceAll(/\W/g, '')}-${run}.sqlite`);
    const before = process.cpuUsage();
    const start = performance.now();
    const counts = await ingestFiles(
      [path],
      { ...settings, source: null, format: 'auto' },
      {
        log: nowhere,
        clock: systemClock,
        logger,
        metrics: createMetrics(),
        key: new Uint8Array(32),
        indexFile,
      },
      new AbortController().signal,
    );
    const used = process.cpuUsage(before);
    if (counts.accepted !== records) throw new Error(`accepted ${counts.accepted} of ${records}`);
    cpu.push((used.user + used.system) / records);
    rate.push((records / (performance.now() - start)) * 1000);
  }
  formats.push({
    format: name,
    bytes: Math.round(text.length / records),
    cpuMicros: median(cpu),
    perSecond: Math.round(median(rate)),
  });
  process.stdout.write(
    `| ${name} | ${Math.round(text.length / records)} | ${median(cpu).toFixed(1)} | ${Math.round(median(rate)).toLocaleString('en')} |\n`,
  );
}

const growing: unknown[] = [];
process.stdout.write('\n| posts in the index | ms for a batch of 1,000 |\n|---|---|\n');
{
  using index = openDuplicateIndex(join(work, 'growing.sqlite'));
  let batch = 0;
  const goals = [10_000, 100_000, 300_000, 1_000_000];
  const recent: number[] = [];
  for (let n = 0; n < 1_000_000; n += 1000) {
    const start = performance.now();
    index.begin();
    for (let post = n; post < n + 1000; post++)
      index.add(`x:${1_400_000_000_000_000_000n + BigInt(post) * 83_886_080n}`, 0);
    index.commit('bench', ++batch);
    recent.push(performance.now() - start);
    if (goals.includes(n + 1000)) {
      const batchMs = median(recent.splice(0).slice(-50));
      growing.push({ posts: n + 1000, batchMs });
      process.stdout.write(`| ${(n + 1000).toLocaleString('en')} | ${batchMs.toFixed(1)} |\n`);
    }
  }
}
await rm(work, { recursive: true });
writeResult('ingest', { records, formats, growing });
