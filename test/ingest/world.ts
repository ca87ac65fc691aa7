import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadLetter, type DeadLetter } from '../../schemas/flow.ts';
import { deletion, type Deletion } from '../../schemas/deletion.ts';
import { post, type Post } from '../../schemas/post.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import type { Versioned } from '../../schemas/versioned.ts';
import { ingestConfig } from '../../services/ingest/config.ts';
import type { Counts } from '../../services/ingest/counts.ts';
import { type IngestDeps, ingestFiles, type IngestFilesOptions } from '../../services/ingest/ingest.ts';
import type { Log } from '../../services/log/log.ts';
import { createMemoryLog } from '../../services/log/logs/memory.ts';
import type { Clock } from '../../services/shared/clock.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import { logSettings, silentLogger } from '../support/log-tools.ts';

export const streams = new URL('../fixtures/streams/', import.meta.url).pathname;
export const started = Date.UTC(2025, 0, 1);
/** A clock that stands still, so that two runs give the same records. */
export const stillClock: Clock = { now: () => started, monotonic: () => 0, sleep: async () => {} };
export const key = Buffer.alloc(32, 7);
export const defaults: IngestFilesOptions = { ...ingestConfig.parse({}), source: null, format: 'auto' };

/** Values of a topic, checked against its schema. */
export async function valuesOf<T>(log: Log, topic: TopicName, type: Versioned<T>): Promise<T[]> {
  const values: T[] = [];
  for (const { partition, first } of await log.ranges([topic])) {
    const position = { topic, partition, offset: first };
    for await (const batch of log.read(position, new AbortController().signal)) {
      for (const { value } of batch.records) {
        const read = type.read(JSON.parse(Buffer.from(value).toString()));
        if (!read.ok) throw new Error(`${topic}: ${read.problem}`);
        values.push(read.value);
      }
    }
  }
  return values;
}

export type World = AsyncDisposable & {
  readonly folder: string;
  readonly log: Log;
  readonly deps: IngestDeps;
  run(paths: readonly string[], options?: Partial<IngestFilesOptions>, signal?: AbortSignal): Promise<Counts>;
  posts(): Promise<Post[]>;
  deletions(): Promise<Deletion[]>;
  deadLetters(): Promise<DeadLetter[]>;
};

/** An empty log and an empty folder for one test. */
export async function createWorld(overrides: Partial<IngestDeps> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'ingest-'));
  const log = overrides.log ?? createMemoryLog(logSettings({ partitions: 1 }), { clock: stillClock });
  await log.createTopics(topics);
  const deps: IngestDeps = {
    log,
    metrics: createMetrics(),
    logger: silentLogger,
    clock: stillClock,
    key,
    indexFile: join(folder, 'ingest.sqlite'),
    ...overrides,
  };
  return {
    folder,
    log,
    deps,
    run: (paths, options = {}, signal = new AbortController().signal) =>
      ingestFiles(paths, { ...defaults, ...options }, deps, signal),
    posts: () => valuesOf(log, 'posts', post),
    deletions: () => valuesOf(log, 'deletions', deletion),
    deadLetters: () => valuesOf(log, 'dead-letters', deadLetter),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
