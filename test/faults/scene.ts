import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openKeyFile } from '../../services/ingest/key-file.ts';
import { silentLogger } from '../support/log-tools.ts';
import { createPlace, startCommand, type Place, type Running } from '../support/monitor.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { storeConfig } from '../../services/store/config.ts';
import type { Database, Row } from '../../services/store/database.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { migrate } from '../../services/store/migrate.ts';
import { audit, type Verdict } from './ledger.ts';
import { createStream, type Stream } from './stream.ts';

export type Stages = readonly ('ingest' | 'infer' | 'store')[];
type Settings = Readonly<Record<string, object>>;

/** A monitor's folder with a stream of its own, for processes that are treated badly. */
export type Scene = {
  readonly place: Place;
  readonly stream: Stream;
  /** Starts stages as a process; with `once` it reads what the files hold now, and ends. */
  start(stages: Stages, options?: { once?: boolean; env?: Record<string, string> }): Running;
  /** Makes the tables and forbids the engine to merge, because merging would hide what went in twice. */
  prepareTables(database?: Database): Promise<void>;
  /** Gives the processes all that is left of the stream, lets them end, and compares. */
  finish(database?: Database): Promise<Verdict>;
  /** Compares as things are. */
  audit(database?: Database): Promise<Verdict>;
  /** Asks the embedded store, while no process has it open. */
  query<T extends Row>(sql: string): Promise<T[]>;
  /** Removes everything; what failed is left to be looked at. */
  remove(): void;
};

export type SceneOptions = {
  readonly seed: number;
  readonly posts: number;
  readonly pieces: number;
  readonly settings?: Settings;
  /** Somewhere else than beside the rest. */
  readonly dataDir?: string;
};

const beginnings = { ingest: 'source started', infer: 'infer runs', store: '"storing"' } as const;

/** What a process writes when its last stage has begun its work. */
export const workBegins = (stages: Stages): string =>
  beginnings[stages.includes('infer') ? 'infer' : (stages[0] ?? 'store')];

/** Resolves with true when the process has written `text`, with false when it ends before. */
export async function hasWritten({ process: child, written, exit }: Running, text: string): Promise<boolean> {
  const ended = exit.then(() => false);
  while (!written.stderr.includes(text)) {
    const more = once(child.stderr ?? child, 'data').then(() => true);
    more.catch(() => undefined);
    if (!(await Promise.race([more, ended]))) return written.stderr.includes(text);
  }
  return true;
}

/** Ends a process as a crash does. @throws when it had ended by itself, with its last words. */
export async function crash(running: Running): Promise<void> {
  const { process: child } = running;
  if (child.exitCode !== null) {
    throw new Error(`a stage ended by itself (${child.exitCode}): ${running.written.stderr.slice(-800)}`);
  }
  child.kill('SIGKILL');
  const status = await running.exit;
  if (status !== -1)
    throw new Error(`a stage ended by itself (${status}): ${running.written.stderr.slice(-800)}`);
}

export async function createScene(options: SceneOptions): Promise<Scene> {
  const place = await createPlace();
  const { folder } = place;
  const { settings = {}, dataDir = join(folder, 'data') } = options;
  const keyFile = join(folder, 'secret', 'author.key');
  const stream = await createStream(join(folder, 'stream'), options);
  const config = (follow: boolean): string =>
    JSON.stringify({
      ...settings,
      dataDir,
      privacy: { keyFile },
      demo: { enabled: false },
      endpoint: { enabled: false },
      logging: { format: 'json' },
      ingest: { batchRecords: 25, sources: stream.sources(follow), ...settings['ingest'] },
    });
  writeFileSync(join(folder, 'vigilstream.yaml'), config(true));
  writeFileSync(join(folder, 'once.yaml'), config(false));
  const started: Running[] = [];
  // A test that fails leaves nothing running.
  onTestFinished(() => {
    for (const { process: child } of started) child.kill('SIGKILL');
  });
  const chdb = storeConfig.parse(settings['store'] ?? {});

  async function withDatabase<T>(given: Database | undefined, work: (database: Database) => Promise<T>) {
    if (given) return work(given);
    const database = await openDatabase(chdb, { dataDir });
    try {
      return await work(database);
    } finally {
      await database[Symbol.asyncDispose]();
    }
  }

  const scene: Scene = {
    place,
    stream,
    start(stages, { once: ends = false, env = {} } = {}) {
      const args = ends ? ['--config', join(folder, 'once.yaml')] : [];
      const running = startCommand(place, [...args, 'run', ...stages, ...(ends ? ['--once'] : [])], env);
      started.push(running);
      return running;
    },
    prepareTables: (given) =>
      withDatabase(given, async (database) => {
        await migrate(database, chdb, { logger: silentLogger, clock: systemClock });
        for (const table of ['posts', 'analyses', 'edits', 'deletions', 'drops', 'dead_letters']) {
          await database.command(`ALTER TABLE vigilstream.${table} MODIFY SETTING
            max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1,
            parts_to_delay_insert = 100000, parts_to_throw_insert = 100000`);
        }
      }),
    async finish(given) {
      stream.complete();
      const last = scene.start(['ingest', 'infer', 'store'], { once: true });
      const status = await last.exit;
      if (status !== 0)
        throw new Error(`the last run ended with ${status}: ${last.written.stderr.slice(-800)}`);
      return scene.audit(given);
    },
    query: <T extends Row>(sql: string) => withDatabase(undefined, (database) => database.query<T>(sql)),
    remove: () => rmSync(folder, { recursive: true }),
    audit: (given) =>
      withDatabase(given, async (database) =>
        audit(stream.events, await openKeyFile(keyFile, dataDir), (sql) => database.query(sql)),
      ),
  };
  return scene;
}
