import { Command } from 'commander';
import { statfs } from 'node:fs/promises';
import { shippedPathOf, type Settings } from '../config.ts';
import { createContext, type Context } from '../context.ts';
import { loadBundle } from '../infer/models/bundle.ts';
import { lagOf } from '../log/log.ts';
import { errorCode, VigilError } from '../shared/errors.ts';
import { readerPassword, readerUser } from '../store/endpoint/auth.ts';
import { sourcesSql } from '../store/queries/console.ts';
import { storedTopics } from '../store/decode.ts';
import { storeGroup } from '../store/store.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { openTables } from './tables.ts';
import { printJson, printTable } from './terminal.ts';

type Finding = { readonly what: string; readonly state: 'ok' | 'look' | 'wrong'; readonly detail: string };

const silentAfterMs = 60 * 60_000;
const lowDisk = 1e9;

async function look(what: string, work: () => Promise<Omit<Finding, 'what'>>): Promise<Finding> {
  try {
    return { what, ...(await work()) };
  } catch (error) {
    return {
      what,
      state: 'wrong',
      detail: error instanceof VigilError ? error.message : `failed (${errorCode(error)})`,
    };
  }
}

async function disk(dataDir: string): Promise<Omit<Finding, 'what'>> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  return {
    state: free < lowDisk ? 'look' : 'ok',
    detail: `${(free / 1e9).toFixed(1)} GB free for ${dataDir}`,
  };
}

async function lag(context: Context): Promise<Omit<Finding, 'what'>> {
  const log = await context.log();
  const sum = async (group: string, topics: Parameters<typeof lagOf>[2]): Promise<number> =>
    (await lagOf(log, group, topics)).reduce((total, partition) => total + partition.lag, 0);
  const infer = await sum(context.settings.infer.group, ['posts']);
  const store = await sum(storeGroup, storedTopics);
  return {
    state: 'ok',
    detail: `${context.settings.log.driver}; ${infer} posts wait for infer, ${store} records for store`,
  };
}

/** Every source, and which is silent since when. */
async function sources(settings: Settings, context: Context): Promise<Finding[]> {
  await using query = await openTables(settings, context);
  const rows = await query.rows<{ name: string; posts: number; lastSeenAt: number }>(sourcesSql);
  const now = context.clock.now();
  const found = rows.map(({ name, posts, lastSeenAt }): Finding => {
    const quiet = now - lastSeenAt;
    const since = new Date(lastSeenAt).toISOString().slice(0, 16).replace('T', ' ');
    return {
      what: `source ${name}`,
      state: quiet > silentAfterMs ? 'look' : 'ok',
      detail: `${posts} posts, ${quiet > silentAfterMs ? 'silent since' : 'last at'} ${since} UTC`,
    };
  });
  const never = settings.ingest.sources.filter(
    ({ driver, name }) => driver !== 'demo' && !rows.some((row) => row.name === name),
  );
  return [
    ...found,
    ...never.map(({ name }): Finding => ({
      what: `source ${name}`,
      state: 'look',
      detail: 'has delivered no post yet',
    })),
  ];
}

/** `vigilstream doctor`: what is missing, silent or wrong. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'say what is missing, silent or wrong, and how to read the tables; exit 1 when something is wrong',
    )
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { settings, file } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
      const pool = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
      const findings: Finding[] = [
        { what: 'settings', state: 'ok', detail: file ?? 'defaults and environment, no file' },
        {
          what: 'node',
          state: pool >= 8 ? 'ok' : 'look',
          detail: `${process.version}, ${pool} threads in the pool${pool >= 8 ? '' : ': set UV_THREADPOOL_SIZE=16 or start by bin/vigilstream.js'}`,
        },
        await look('model', async () => {
          const bundle = await loadBundle(shippedPathOf(settings.infer.model), settings.infer);
          return {
            state: 'ok',
            detail: `${bundle.model}, ${bundle.weights.precision} on ${settings.infer.device}`,
          };
        }),
        await look('log', () => lag(context)),
        await look('disk', () => disk(context.dataDir)),
        ...(await sources(settings, context).catch((error: unknown): Finding[] => [
          {
            what: 'store',
            state: error instanceof VigilError && error.code === 'NO_DATA' ? 'look' : 'wrong',
            detail: error instanceof VigilError ? error.message : `failed (${errorCode(error)})`,
          },
        ])),
      ];
      if (settings.store.driver === 'chdb' && settings.endpoint.enabled) {
        const { host, port } = settings.endpoint;
        findings.push({
          what: 'endpoint',
          state: 'ok',
          detail: `http://${host}:${port} while the monitor runs; user ${readerUser}, password ${await readerPassword(context.secretsDir)}`,
        });
      }
      if (options.json) printJson(findings);
      else
        printTable(
          ['what', 'state', 'detail'],
          findings.map(({ what, state, detail }) => [what, state, detail]),
        );
      if (findings.some(({ state }) => state === 'wrong')) process.exitCode = exitCodes.failed;
    });
}
