import { join } from 'node:path';
import { runAlert } from './alert/alert.ts';
import { createDesk } from './alert/desk.ts';
import { createNames } from './alert/names.ts';
import { createConsole } from './console/console.ts';
import { healthRoutes } from './console/health.ts';
import { listen } from './console/listen.ts';
import { modelView } from './console/model-view.ts';
import { accessFileOf, alertSettings, settingsSchema, shippedPathOf, type Settings } from './config.ts';
import type { Context } from './context.ts';
import { runInfer } from './infer/infer.ts';
import { runIngest } from './ingest/ingest.ts';
import type { WireFeed } from './ingest/sources/wire.ts';
import { lagOf, type Log } from './log/log.ts';
import { isAbort } from './shared/errors.ts';
import { once } from './shared/once.ts';
import { assess } from './signal/assess.ts';
import { takeStep } from './signal/lifecycle.ts';
import { runSignal } from './signal/signal.ts';
import { withoutSecrets } from './shared/settings/docs.ts';
import { inputSchema } from './shared/settings/walk.ts';
import { storedTopics } from './store/decode.ts';
import { createEndpoint } from './store/endpoint/endpoint.ts';
import { writeTermLevels } from './store/queries/mentions.ts';
import { runStore, storeGroup } from './store/store.ts';

export const stageNames = ['ingest', 'infer', 'store', 'signal', 'alert', 'console'] as const;
export type StageName = (typeof stageNames)[number];

export type PipelineOptions = {
  readonly stages: readonly StageName[];
  /** End when the sources are exhausted and everything that they gave is stored. */
  readonly once: boolean;
  readonly demo?: WireFeed;
  /** Told the addresses that answer, as soon as they do. */
  readonly onReady?: (addresses: { readonly page?: string; readonly endpoint?: string }) => void;
  /** Told every few seconds how many records wait between the stages. */
  readonly onWaiting?: (records: number) => void;
};

const reportMs = 2000;

/** Sources that should deliver all the time, so that their silence is worth telling. */
function continuousSources({ ingest }: Settings): string[] {
  return ingest.sources.filter((source) => 'follow' in source && source.follow).map(({ name }) => name);
}

/** Records that a group still has to read, by group and topic. */
type Lag = { readonly name: string; readonly value: number };

/** Records that the groups still have to read; also fed to the metric of the lag. */
async function measureLag(log: Log, context: Context): Promise<Lag[]> {
  const groups = [
    { group: context.settings.infer.group, topics: ['posts'] as const },
    { group: storeGroup, topics: storedTopics },
  ];
  const lags = new Map<string, number>();
  for (const { group, topics } of groups) {
    for (const { topic, partition, lag } of await lagOf(log, group, topics)) {
      context.metrics.lag.set({ topic, partition: String(partition), group }, lag);
      const name = `${group} ${topic}`;
      lags.set(name, (lags.get(name) ?? 0) + lag);
    }
  }
  return [...lags].map(([name, value]) => ({ name, value }));
}

const total = (lags: readonly Lag[]): number => lags.reduce((sum, { value }) => sum + value, 0);

/**
 * Runs stages in this process until the context's signal ends, or, with `once`, until all is done. Parts
 * start in the order of the data and stop in the reverse; the first stage that fails for good ends all.
 * @throws the error of the stage that failed.
 */
export async function runPipeline(context: Context, options: PipelineOptions): Promise<void> {
  const { settings, logger, clock, metrics } = context;
  const wanted = new Set(options.stages);
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const waiting = new Set<string>(options.stages);
  const health = { alive: () => !ended.signal.aborted || options.once, waitingFor: () => [...waiting] };
  await using parts = new AsyncDisposableStack();

  const log = await context.log();
  const addresses: { page?: string; endpoint?: string } = {};
  const { monitor } = settings;
  if (monitor.port !== null) {
    parts.use(await listen(healthRoutes(health, metrics), monitor.host, monitor.port, 'monitor.port'));
  }
  if (['store', 'signal', 'alert', 'console'].some((name) => wanted.has(name as StageName))) {
    if (wanted.has('store')) await context.migrate();
    if (settings.store.driver === 'chdb' && settings.endpoint.enabled) {
      const endpoint = await createEndpoint(settings.endpoint, {
        engine: await context.engine(),
        secrets: context.secretsDir,
        metrics,
        logger: logger.child({ stage: 'endpoint' }),
      });
      parts.defer(() => endpoint.close());
      addresses.endpoint = endpoint.address.url;
    }
  }
  if (wanted.has('console')) {
    const app = createConsole(settings.console, {
      log,
      database: await context.database(),
      metrics,
      health,
      logger: logger.child({ stage: 'console' }),
      clock,
      model: modelView(
        shippedPathOf(settings.infer.model),
        join(import.meta.dirname, '..', 'schemas', 'tasks.json'),
      ),
      groups: { infer: settings.infer.group, store: storeGroup },
      demo: options.demo !== undefined,
      settings: withoutSecrets(settings, inputSchema(settingsSchema)) as Record<string, unknown>,
      version: context.code,
      accessFile: accessFileOf(settings),
      signal,
      desk: once(async () =>
        createDesk(alertSettings(settings), {
          database: await context.database(),
          clock,
          names: createNames(await context.terminology(), await context.products()),
          sources: continuousSources(settings),
        }),
      ),
      assess: async (query) => {
        const { products } = await context.products();
        const group = products.find(({ id }) => id === query.productId)?.group ?? '';
        const members = products.filter((product) => group !== '' && product.group === group);
        return assess(query, {
          database: await context.database(),
          groupOf: () => members.map(({ id }) => id),
        });
      },
      transition: async (request, person) =>
        takeStep(request, person, { database: await context.database(), clock }),
    });
    const { host, port } = settings.console;
    addresses.page = parts.use(await listen(app, host, port, 'console.port')).url;
    waiting.delete('console');
  }
  options.onReady?.(addresses);

  const stages: Record<Exclude<StageName, 'console'>, () => Promise<void>> = {
    async ingest() {
      const key = await context.key();
      waiting.delete('ingest');
      const deps = {
        log,
        metrics,
        logger: logger.child({ stage: 'ingest' }),
        clock,
        key,
        indexFile: join(context.dataDir, 'ingest.sqlite'),
        ...(options.demo ? { demo: options.demo } : {}),
      };
      await runIngest(settings.ingest, deps, signal);
    },
    async infer() {
      const engine = await context.infer();
      waiting.delete('infer');
      await runInfer(settings.infer, {
        log,
        engine,
        clock,
        metrics,
        logger: logger.child({ stage: 'infer' }),
        signal,
      });
    },
    async store() {
      const database = await context.database();
      waiting.delete('store');
      await runStore(settings.store, {
        log,
        database,
        clock,
        metrics,
        logger: logger.child({ stage: 'store' }),
        signal,
      });
    },
    async signal() {
      const database = await context.database();
      await writeTermLevels(database, await context.terminology());
      waiting.delete('signal');
      await runSignal(settings.signal, {
        database,
        clock,
        logger: logger.child({ stage: 'signal' }),
        behind: async () => total(await measureLag(log, context)),
        onScan({ milliseconds, pairs, detected }) {
          metrics.scanSeconds.set(milliseconds / 1000);
          metrics.scanPairs.set(pairs);
          metrics.signals.inc(detected.length);
        },
        signal,
      });
    },
    async alert() {
      const database = await context.database();
      waiting.delete('alert');
      await runAlert(alertSettings(settings), {
        log,
        database,
        clock,
        metrics,
        logger: logger.child({ stage: 'alert' }),
        names: createNames(await context.terminology(), await context.products()),
        sources: continuousSources(settings),
        lag: () => measureLag(log, context),
        signal,
      });
    },
  };
  const running = (['ingest', 'infer', 'store', 'signal', 'alert'] as const)
    .filter((name) => wanted.has(name))
    .map((name) => ({ name, done: stages[name]() }));
  const reading = running.find(({ name }) => name === 'ingest')?.done ?? Promise.resolve();

  async function watch(): Promise<void> {
    let exhausted = false;
    reading.then(
      () => (exhausted = true),
      () => {},
    );
    while (!signal.aborted) {
      // Asked before the measuring: what the sources give meanwhile is not in the lag yet.
      const done = exhausted;
      const lag = total(await measureLag(log, context));
      options.onWaiting?.(lag);
      if (options.once && done && lag === 0) ended.abort();
      await clock.sleep(options.once ? 200 : reportMs, signal);
    }
  }
  const loops = [...running.map(({ done }) => done), watch()];
  const results = await Promise.allSettled(
    loops.map((loop) =>
      loop.catch((error: unknown) => {
        ended.abort();
        throw error;
      }),
    ),
  );
  const failure = results.find((result) => result.status === 'rejected' && !isAbort(result.reason));
  if (failure?.status === 'rejected') throw failure.reason;
}
