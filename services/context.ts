import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import packageFile from '../package.json' with { type: 'json' };
import { topics } from '../schemas/topics.ts';
import { pathOf, shippedPathOf, type Settings } from './config.ts';
import { createEngine, type Engine as InferEngine } from './infer/engine.ts';
import { openServing } from './infer/serving.ts';
import { openKeyFile } from './ingest/key-file.ts';
import type { Log } from './log/log.ts';
import { logs } from './log/logs/index.ts';
import { systemClock, type Clock } from './shared/clock.ts';
import { createLogger, type Logger } from './shared/logger.ts';
import { createMetrics, type Metrics } from './shared/metrics.ts';
import { once } from './shared/once.ts';
import type { Database } from './store/database.ts';
import { chdbDatabase } from './store/databases/chdb/chdb.ts';
import { openEngine, type Engine } from './store/databases/chdb/engine.ts';
import { openDatabase } from './store/databases/index.ts';
import { migrate } from './store/migrate.ts';
import { loadTerminology } from './terminology/index.ts';
import { loadProducts, type ProductList } from './terminology/lexicon/lexicon.ts';
import { createLexicon } from './terminology/lexicon/matcher.ts';
import { createTermIndex } from './terminology/term-index.ts';
import type { Terminology } from './terminology/terminology.ts';

export type ContextOptions = {
  /** Ends everything that the context has opened loops for. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly logLevel?: Settings['logging']['level'];
};

/**
 * The one place where drivers are made. Each part is opened when it is first asked for and closed, in the
 * reverse order, when the context is disposed of.
 */
export type Context = AsyncDisposable & {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly dataDir: string;
  /** Folder of the embedded database. */
  readonly storeDir: string;
  /** Folder of the keys and passwords that are made at the first start; outside the data folder. */
  readonly secretsDir: string;
  /** Name and version of the code, for the record of each analysis. */
  readonly code: string;
  /** The log, with all topics made. */
  log(): Promise<Log>;
  /** The embedded engine; only where `store.driver` is chdb. */
  engine(): Promise<Engine>;
  database(): Promise<Database>;
  /** Brings the tables up to date; what was applied. */
  migrate(): Promise<string[]>;
  /** The model with gate, lexicon and terminology, proved by its goldens. */
  infer(): Promise<InferEngine>;
  /** Names of reactions and of products, as they are configured. */
  terminology(): Promise<Terminology>;
  products(): Promise<ProductList>;
  /** The key of the authors' pseudonyms. */
  key(): Promise<Uint8Array>;
};

export function createContext(settings: Settings, options: ContextOptions): Context {
  const { signal, clock = systemClock } = options;
  const logger =
    options.logger ??
    createLogger({ ...settings.logging, level: options.logLevel ?? settings.logging.level });
  const metrics = createMetrics(settings.ingest.sources.map(({ name }) => name));
  const dataDir = pathOf(settings.dataDir);
  const { path: storePath } = settings.store.chdb;
  const storeDir = storePath === undefined ? join(dataDir, 'store') : pathOf(storePath);
  const code = `${packageFile.name}@${packageFile.version}`;
  const stack = new AsyncDisposableStack();

  const log = once(async () => {
    await mkdir(dataDir, { recursive: true });
    const { driver } = settings.log;
    const opened = stack.use(
      await logs[driver].create(settings.log, {
        clock,
        logger: logger.child({ stage: 'log' }),
        dataDir,
        metrics,
      }),
    );
    await opened.createTopics(topics);
    return opened;
  });
  const engine = once(async () => {
    const { memoryBytes, threads } = settings.store.chdb;
    const opened = await openEngine({ path: storeDir, memoryBytes, threads });
    // The database closes the engine that it stands on; where only the engine was opened, nobody else does.
    const close = once(() => opened.close());
    stack.defer(close);
    return { ...opened, close };
  });
  const database = once(async () =>
    stack.use(
      settings.store.driver === 'chdb'
        ? chdbDatabase(await engine())
        : await openDatabase(settings.store, { dataDir }),
    ),
  );
  const terminology = once(() => {
    const { path } = settings.terminology;
    return loadTerminology(
      path === undefined ? settings.terminology : { ...settings.terminology, path: pathOf(path) },
    );
  });
  const products = once(() => {
    const { products: extra } = settings.terminology;
    return loadProducts(extra === undefined ? undefined : pathOf(extra));
  });
  const infer = once(async () => {
    const { infer: config } = settings;
    const serving = stack.use(
      await openServing({ ...config, model: shippedPathOf(config.model) }, { clock, metrics }),
    );
    const terms = await createTermIndex(await terminology(), settings.terminology, {
      ...(serving.embedder ? { embedder: serving.embedder } : {}),
      cacheDir: join(dataDir, 'cache'),
      shippedDir: shippedPathOf(config.model),
      logger,
    });
    const { bundle, scheduler } = serving;
    return createEngine({
      bundle,
      scheduler,
      lexicon: createLexicon(await products()),
      terms,
      config,
      clock,
      code,
      run: 'live',
    });
  });
  return {
    settings,
    signal,
    clock,
    logger,
    metrics,
    dataDir,
    storeDir,
    secretsDir: dirname(pathOf(settings.privacy.keyFile)),
    code,
    log,
    engine,
    database,
    migrate: async () =>
      migrate(await database(), settings.store, { logger: logger.child({ stage: 'store' }), clock }),
    infer,
    terminology,
    products,
    key: once(() => openKeyFile(pathOf(settings.privacy.keyFile), dataDir)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
