import { join } from 'node:path';
import { errorCode } from '../../shared/errors.ts';
import type { LogDeps } from '../deps.ts';
import { logClosed } from '../faults.ts';
import { groupConsumer } from '../group-consumer.ts';
import { resolveTopic, type LogLimits } from '../limits.ts';
import type { Log, Outgoing } from '../log.ts';
import { missedTeller } from '../missed.ts';
import { spread } from '../spread.ts';
import { createWaiters } from '../waiters.ts';
import type { SqliteConfig } from './sqlite/config.ts';
import { explain } from './sqlite/faults.ts';
import { createFrames } from './sqlite/frames.ts';
import { createGroups } from './sqlite/groups.ts';
import { joinGroup } from './sqlite/member.ts';
import { openFile } from './sqlite/open.ts';
import { createTidy, type TidyReport } from './sqlite/tidy.ts';
import { createTopicsTable } from './sqlite/topics.ts';
import { createWriter } from './sqlite/writer.ts';

export type SqliteLog = Log & {
  /** Applies retention and compaction and gives space back now; runs by itself every `tidyMs`. */
  tidy(): Promise<TidyReport>;
};

/**
 * The log in one SQLite file, for any number of processes on one machine.
 * @throws VigilError `LOG_DAMAGED`, `LOG_FULL`, `LOG_NOT_WRITABLE`, `LOG_TOO_NEW`
 */
export async function createSqliteLog(
  config: LogLimits & { readonly sqlite: SqliteConfig },
  deps: Pick<LogDeps, 'clock' | 'logger' | 'dataDir' | 'metrics'>,
): Promise<SqliteLog> {
  const { clock, logger } = deps;
  const path = config.sqlite.path ?? join(deps.dataDir, 'log.sqlite');
  const db = openFile(path, config.sqlite.synchronous);
  const topics = createTopicsTable(db);
  const frames = createFrames(db, path, clock);
  const groups = createGroups(db, topics);
  const writer = createWriter(db, path, clock);
  const waiters = createWaiters();
  const runTidy = createTidy({ db, path, topics, frames, writer, clock, freeShare: config.sqlite.freeShare });
  const version = db.prepare('PRAGMA data_version');
  const leaving = new Set<() => Promise<void>>();
  let closed = false;
  let tidying: Promise<TidyReport> | undefined;

  /** Says in our own words what a read of the file threw. */
  function reading<T>(work: () => T): T {
    if (closed) throw logClosed();
    try {
      return work();
    } catch (error) {
      throw explain(error, path);
    }
  }

  function put(outputs: readonly Outgoing[]): void {
    for (const { topic, partition, entries } of spread(
      outputs,
      (name) => topics.find(name)?.length,
      config.maxRecordBytes,
    )) {
      frames.append(topics.part(topic, partition), entries);
    }
  }

  function tidy(): Promise<TidyReport> {
    tidying ??= runTidy().finally(() => (tidying = undefined));
    return tidying;
  }
  const timer = setInterval(() => {
    tidy().catch((error: unknown) => logger.warn({ code: errorCode(error) }, 'removing old records failed'));
  }, config.sqlite.tidyMs).unref();

  return {
    driver: 'sqlite',
    maxRecordBytes: config.maxRecordBytes,
    tidy,
    createTopics: (specs) => writer.run(() => topics.create(specs.map((spec) => resolveTopic(spec, config)))),

    async append(outputs) {
      const bytes = outputs.reduce(
        (sum, { entries }) => entries.reduce((n, { value }) => n + value.length, sum),
        0,
      );
      if (outputs.every(({ entries }) => entries.length === 0)) return;
      await writer.run(() => put(outputs), bytes);
      waiters.wake();
    },

    async consumer(options) {
      const membership = await joinGroup(options, {
        topics,
        frames,
        groups,
        writer,
        waiters,
        clock,
        logger,
        put,
        onMissed: missedTeller(deps),
        sessionTimeoutMs: config.sqlite.sessionTimeoutMs,
        pollMs: config.sqlite.pollMs,
        read: reading,
        dataVersion: () => Number(version.get()?.['data_version']),
      });
      const leave = async (): Promise<void> => {
        leaving.delete(leave);
        await membership.leave();
      };
      leaving.add(leave);
      return groupConsumer({ ...membership, leave }, options, clock);
    },

    ranges: async (names) =>
      reading(() =>
        names.flatMap((topic) =>
          topics.parts(topic).map((part) => ({ topic, partition: part.partition, ...frames.ends(part) })),
        ),
      ),
    committed: async (group, names) =>
      reading(() => groups.positions(group).filter(({ topic }) => names.includes(topic))),
    positionsAt: async (topic, time) =>
      reading(() =>
        topics
          .parts(topic)
          .map((part) => ({ topic, partition: part.partition, offset: frames.at(part, time) })),
      ),

    async *read({ topic, partition, offset }, signal) {
      const part = reading(() => topics.part(topic, partition));
      const end = reading(() => frames.ends(part).next);
      for (let at = offset; at < end && !signal.aborted;) {
        const records = reading(() => frames.read(part, at, 1000, 4_194_304)).filter(
          (one) => one.offset < end,
        );
        const last = records.at(-1);
        if (!last) return;
        yield { topic, partition, records };
        at = last.offset + 1;
      }
    },

    async [Symbol.asyncDispose]() {
      if (closed) return;
      clearInterval(timer);
      for (const leave of leaving) await leave();
      await tidying?.catch(() => undefined);
      await writer.close();
      closed = true;
      waiters.wake();
      db.close();
    },
  };
}
