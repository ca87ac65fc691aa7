import { availableParallelism } from 'node:os';
import type { Clock } from '../shared/clock.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { InferConfig } from './config.ts';
import { createEmbedder, type Embedder } from './embed.ts';
import { loadBundle, type Bundle } from './models/bundle.ts';
import { prove, type Proof } from './models/goldens.ts';
import { models } from './models/index.ts';
import type { Model } from './models/model.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** A proved bundle with its network in memory. */
export type Serving = AsyncDisposable & {
  readonly bundle: Bundle;
  readonly model: Model;
  readonly proof: Proof;
  readonly scheduler: Scheduler;
  /** For the term index; undefined when the bundle has no vectors. */
  readonly embedder: Embedder | undefined;
};

/** Threads that `infer.threads` stands for on this machine. */
export function threadsOf(configured: number): number {
  return configured > 0 ? configured : Math.max(1, availableParallelism() - 1);
}

type Deps = { clock: Clock; metrics: Pick<Metrics, 'batchSeconds' | 'batchTokens'> };

/** A scheduler for a network of this bundle. */
export function schedulerFor(
  { tokeniser, manifest }: Bundle,
  model: Model,
  config: Pick<InferConfig, 'batchTokens' | 'maxLatencyMs'>,
  { clock, metrics }: Deps,
): Scheduler {
  return createScheduler({
    model,
    maxTokens: manifest.maxTokens,
    batchTokens: config.batchTokens,
    maxLatencyMs: config.maxLatencyMs,
    padding: tokeniser.padding,
    probe: Int32Array.of(tokeniser.first, tokeniser.last),
    clock,
    onBatch(tokens, milliseconds) {
      metrics.batchTokens.observe(tokens);
      metrics.batchSeconds.observe(milliseconds / 1000);
    },
  });
}

/**
 * Loads and checks the configured bundle, opens its network, and proves it by its goldens.
 * @throws VigilError MODEL_... that says what is wrong and what to do.
 */
export async function openServing(
  config: Pick<InferConfig, 'model' | 'device' | 'precision' | 'threads' | 'batchTokens' | 'maxLatencyMs'>,
  deps: Deps,
): Promise<Serving> {
  const bundle = await loadBundle(config.model, config);
  const model = await models.onnx({
    file: bundle.weights.file,
    device: config.device,
    threads: threadsOf(config.threads),
  });
  try {
    const proof = await prove(bundle, model);
    const scheduler = schedulerFor(bundle, model, config, deps);
    return {
      bundle,
      model,
      proof,
      scheduler,
      embedder: createEmbedder(bundle, scheduler),
      [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
    };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}
