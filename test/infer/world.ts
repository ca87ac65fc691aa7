import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLexicon } from '../../services/terminology/lexicon/matcher.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { loadTerminology } from '../../services/terminology/index.ts';
import { createTermIndex } from '../../services/terminology/term-index.ts';
import { terminologyConfig } from '../../services/terminology/config.ts';
import { inferConfig } from '../../services/infer/config.ts';
import { createEngine, type Engine } from '../../services/infer/engine.ts';
import type { Model } from '../../services/infer/models/model.ts';
import { openServing, schedulerFor, type Serving } from '../../services/infer/serving.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { createMetrics, type Metrics } from '../../services/shared/metrics.ts';

/** The bundle that comes with the project. */
export const bundleFolder = fileURLToPath(new URL('../../models/vigil-minilm', import.meta.url));

export const silent = createLogger({ level: 'silent', format: 'json' });

export type World = AsyncDisposable & {
  readonly serving: Serving;
  readonly metrics: Metrics;
  readonly engine: Engine;
  /** Another engine on the same network, with other settings or with faults in front of the network. */
  engineWith(options: {
    sample?: number;
    enabled?: boolean;
    confidence?: number;
    wrap?: (model: Model) => Model;
  }): Engine;
};

/** Everything between a text and its analysis, as the composition root builds it, with the real bundle. */
export async function openWorld(): Promise<World> {
  const config = inferConfig.parse({ model: bundleFolder, threads: 1, maxLatencyMs: 5 });
  const metrics = createMetrics();
  const deps = { clock: systemClock, metrics };
  const serving = await openServing(config, deps);
  const lexicon = createLexicon(await loadProducts());
  const settings = terminologyConfig.parse({});
  const terms = await createTermIndex(await loadTerminology(settings), settings, {
    ...(serving.embedder && { embedder: serving.embedder }),
    cacheDir: join(tmpdir(), 'vigilstream-test-vectors'),
    logger: silent,
  });
  const engineWith: World['engineWith'] = ({ sample = 0.01, enabled = true, confidence, wrap }) => {
    const model = wrap ? wrap(serving.model) : serving.model;
    const scheduler = schedulerFor(serving.bundle, model, config, deps);
    return createEngine({
      bundle: serving.bundle,
      scheduler,
      lexicon,
      terms: confidence === undefined ? terms : { ...terms, settings: { ...terms.settings, confidence } },
      config: { ...config, gate: { enabled, sample } },
      clock: systemClock,
      code: 'test',
      run: 'live',
    });
  };
  return {
    serving,
    metrics,
    engine: engineWith({}),
    engineWith,
    [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose](),
  };
}
