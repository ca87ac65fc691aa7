import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ingestConfig } from '../../services/ingest/config.ts';
import { runIngest } from '../../services/ingest/ingest.ts';
import { createSources } from '../../services/ingest/sources/index.ts';
import type { WireFeed, WireMessage } from '../../services/ingest/sources/wire.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { sourceContract } from '../contract/source.ts';
import { createWorld, stillClock, streams } from './world.ts';

const running = (): AbortSignal => new AbortController().signal;

const messages: readonly WireMessage[] = [
  {
    platform: 'x',
    bytes: '{"id":"1654000000000000001","author_id":"5","conversation_id":"1","text":"a demo post"}\n',
  },
  {
    platform: 'bluesky',
    bytes:
      '{"did":"did:plc:q","time_us":1735000001000000,"kind":"commit","commit":{"operation":"create","collection":"app.bsky.feed.post","rkey":"3l","record":{"text":"another"}}}\n',
  },
  { platform: 'mastodon', bytes: 'event: delete\ndata: 17\n\n' },
  { platform: 'mastodon', bytes: ':thump\n\n' },
  { platform: 'feed', bytes: '<item><title>News</title><guid>1</guid></item>' },
  { platform: 'reddit', bytes: '{"broken' },
];
const feed: WireFeed = {
  async *read(cursor) {
    for (let from = Number(cursor ?? 0); from < messages.length; from += 2) {
      yield { messages: messages.slice(from, from + 2), cursor: String(Math.min(from + 2, messages.length)) };
    }
  },
};

sourceContract({
  name: 'demo',
  records: 5,
  async open({ batchRecords }) {
    const [source] = await createSources(
      { name: 'demo', driver: 'demo' },
      { clock: stillClock, batchRecords, maxRecordBytes: 1_000_000, demo: feed },
    );
    if (!source) throw new Error('no source');
    return source;
  },
});

describe('the stage', () => {
  test('reads all configured sources at once, each under its own name', async () => {
    await using world = await createWorld({ demo: feed });
    const config = ingestConfig.parse({
      sources: [
        { name: 'archive', driver: 'files', paths: [join(streams, 'x-v*.ndjson')] },
        { name: 'demo', driver: 'demo' },
      ],
    });
    await runIngest(config, world.deps, running());
    const sources = (await world.posts()).map(({ source }) => source);
    expect(new Set(sources)).toEqual(new Set(['archive', 'demo-x', 'demo-bluesky', 'demo-feed']));
    expect(sources.filter((source) => source === 'archive')).toHaveLength(11);
    expect(await world.deletions()).toContainEqual(expect.objectContaining({ postId: 'demo-mastodon:17' }));
  });

  test('tries again after a failure that a retry can help, and loses nothing', async () => {
    await using world = await createWorld();
    let failures = 0;
    const log = {
      ...world.log,
      [Symbol.asyncDispose]: async () => {},
      append: async (outputs: Parameters<typeof world.log.append>[0]) => {
        failures++;
        if (failures % 3 === 1) throw new VigilError('LOG_AWAY', 'away', { canRetry: true });
        await world.log.append(outputs);
        if (failures % 3 === 2) throw new VigilError('LOG_AWAY', 'nobody knows', { canRetry: true });
      },
    };
    const config = ingestConfig.parse({
      batchRecords: 2,
      sources: [{ name: 'x', driver: 'files', paths: [join(streams, 'x-v1.ndjson')] }],
    });
    await runIngest(config, { ...world.deps, log }, running());
    expect((await world.posts()).map(({ id }) => id.slice(-1))).toEqual(['1', '2', '3', '4', '5']);
    expect(failures).toBeGreaterThan(6);
  });

  test('loses nothing when a file is renamed between a failed append and the next try', async () => {
    await using world = await createWorld();
    const file = join(world.folder, 'app.ndjson');
    await writeFile(file, '{"id":1,"text":"line 1"}\n');
    let appends = 0;
    const log = {
      ...world.log,
      append: async (outputs: Parameters<typeof world.log.append>[0]) => {
        if (appends++ === 0) throw new VigilError('LOG_AWAY', 'away', { canRetry: true });
        await world.log.append(outputs);
      },
    };
    const clock = { ...stillClock, sleep: () => rename(file, `${file}.1`) };
    const config = ingestConfig.parse({
      sources: [{ name: 'x', driver: 'files', paths: [join(world.folder, 'app.*')] }],
    });
    await runIngest(config, { ...world.deps, log, clock }, running());
    expect((await world.posts()).map(({ id }) => id)).toEqual(['x:1']);
  });

  test('ends with what to do when a file is missing', async () => {
    await using world = await createWorld();
    const config = ingestConfig.parse({
      sources: [{ name: 'x', driver: 'files', paths: [join(world.folder, 'none.ndjson')] }],
    });
    await expect(runIngest(config, world.deps, running())).rejects.toMatchObject({
      code: 'INGEST_FILE',
      message: expect.stringContaining('none.ndjson'),
    });
  });

  test('follows files that appear and grow until it is told to end', async () => {
    await using world = await createWorld();
    const stop = new AbortController();
    const line = (n: number): string => `{"id":${n},"text":"line ${n}"}\n`;
    let looks = 0;
    const clock = {
      ...stillClock,
      async sleep() {
        looks++;
        if (looks === 1) await writeFile(join(world.folder, 'b.ndjson'), line(2));
        if (looks === 2) await writeFile(join(world.folder, 'a.ndjson'), line(1) + line(3));
        if (looks === 3) await writeFile(join(world.folder, 'b.ndjson'), line(2) + line(4));
        if (looks === 5) stop.abort();
      },
    };
    const config = ingestConfig.parse({
      sources: [{ name: 'tail', driver: 'files', paths: [join(world.folder, '*.ndjson')], follow: true }],
    });
    await runIngest(config, { ...world.deps, clock }, stop.signal);
    expect((await world.posts()).map(({ id }) => id)).toEqual(['tail:2', 'tail:1', 'tail:3', 'tail:4']);
  });

  test('waits for a followed file that is missing, with one warning each time', async () => {
    const logger = createLogger({ level: 'silent', format: 'json' });
    const warn = vi.spyOn(logger, 'warn');
    await using world = await createWorld({ logger });
    const stop = new AbortController();
    const file = join(world.folder, 'app.ndjson');
    const line = (n: number): string => `{"id":${n},"text":"line ${n}"}\n`;
    let looks = 0;
    const clock = {
      ...stillClock,
      async sleep() {
        looks++;
        if (looks === 3) await writeFile(file, line(1));
        if (looks === 4) await rename(file, `${file}.1`);
        if (looks === 6) await writeFile(file, line(2));
        if (looks === 7) stop.abort();
      },
    };
    const config = ingestConfig.parse({
      sources: [{ name: 'tail', driver: 'files', paths: [file], follow: true }],
    });
    await runIngest(config, { ...world.deps, clock }, stop.signal);
    expect((await world.posts()).map(({ id }) => id)).toEqual(['tail:1', 'tail:2']);
    const told = [{ source: 'tail', path: file }, expect.stringContaining('missing')];
    expect(warn.mock.calls).toEqual([told, told]);
  });

  test('two sources of one name are refused', () => {
    const source = { name: 'x', driver: 'files', paths: ['a'] };
    expect(() => ingestConfig.parse({ sources: [source, source] })).toThrow(/share a name/);
  });
});
