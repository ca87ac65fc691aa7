import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import { createContext, type Context } from '../context.ts';
import { filesConfig } from '../ingest/sources/files.ts';
import { runPipeline } from '../pipeline.ts';
import { storedHistory } from '../signal/backtest/stored.ts';
import type { History } from '../signal/history.ts';

/** The settings of a monitor that reads files into a folder of its own and serves nobody. */
function ownMonitor(settings: Settings, files: readonly string[], dataDir: string): Settings {
  return {
    ...settings,
    dataDir,
    log: { ...settings.log, driver: 'sqlite' },
    store: { ...settings.store, driver: 'chdb', chdb: { ...settings.store.chdb, path: undefined } },
    endpoint: { ...settings.endpoint, enabled: false },
    monitor: { ...settings.monitor, port: null },
    ingest: {
      ...settings.ingest,
      sources: [filesConfig.parse({ name: 'backtest', driver: 'files', paths: files })],
    },
  };
}

const historyOf = async (context: Context, run: string): Promise<History | undefined> =>
  storedHistory(await context.database(), { run, level: 'term' });

/** The history in the tables of the configured store; undefined where nothing was counted. */
export async function historyOfStore(
  settings: Settings,
  run: string,
  signal: AbortSignal,
): Promise<History | undefined> {
  await using context = createContext(settings, { signal, logLevel: 'error' });
  return await historyOf(context, run);
}

/**
 * The history in files of posts, read through the whole pipeline into a folder that is gone afterwards;
 * undefined where nothing was counted or the signal came first.
 */
export async function historyOfFiles(
  settings: Settings,
  files: readonly string[],
  run: string,
  signal: AbortSignal,
): Promise<History | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'vigilstream-backtest-'));
  try {
    await using context = createContext(ownMonitor(settings, files, folder), { signal, logLevel: 'error' });
    await runPipeline(context, { stages: ['ingest', 'infer', 'store'], once: true });
    if (signal.aborted) return undefined;
    return await historyOf(context, run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
