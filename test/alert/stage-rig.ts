import { Writable } from 'node:stream';
import { runAlert, type AlertDeps } from '../../services/alert/alert.ts';
import type { AlertConfig } from '../../services/alert/config.ts';
import { systemClock as clock } from '../../services/shared/clock.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { createMetrics } from '../../services/shared/metrics.ts';
import type { Database } from '../../services/store/database.ts';
import type { AlertRow } from '../../services/store/queries/alerts.ts';
import { newLog, quiet } from '../store/world.ts';
import { testNames } from './world.ts';

export const signalRule = { kind: 'signal', id: 'new-signal', title: 'A signal was detected' } as const;
export const deathRule = {
  kind: 'post',
  id: 'deaths',
  title: 'A death',
  of: 'death',
  severity: 'critical',
} as const;

/** The stage over a database, until `stop`. */
export async function startStage(database: Database, config: AlertConfig, over: Partial<AlertDeps> = {}) {
  const stop = new AbortController();
  const log = over.log ?? (await newLog(1));
  const deps: AlertDeps = {
    log,
    database,
    clock,
    logger: quiet,
    metrics: createMetrics(),
    names: await testNames(),
    sources: [],
    lag: () => Promise.resolve([]),
    signal: stop.signal,
    ...over,
  };
  const running = runAlert(config, deps);
  return {
    log,
    running,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** A logger that keeps what was said of rules. */
export function listener() {
  const said: string[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      const { rule, msg, problem } = JSON.parse(line.toString()) as Record<string, string | undefined>;
      if (rule !== undefined && msg !== 'alert') said.push(`${rule}: ${msg}${problem ? `: ${problem}` : ''}`);
      done();
    },
  });
  return { said, logger: createLogger({ level: 'info', format: 'json', stream }) };
}

/** Waits until something has happened; rejects after 15 s. */
export async function eventually(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error('it did not happen');
    await clock.sleep(30);
  }
}

export const allAlerts = (database: Database): Promise<AlertRow[]> =>
  database.query<AlertRow>('SELECT id, rule FROM vigilstream.alerts FINAL');
