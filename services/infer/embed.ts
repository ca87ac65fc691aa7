import { blank } from './blank.ts';
import type { Bundle } from './models/bundle.ts';
import type { Scheduler } from './scheduler.ts';
import { meanVector } from './tasks/vector.ts';
import { windowsOf } from './window.ts';

/** Makes the vectors that term names are found by, with the network that makes those of spans. */
export type Embedder = {
  /** Checksum of the weights. */
  readonly sha256: string;
  /** One unit vector a name, in the order of the names; names are cut at the model's length. */
  embed(names: string[]): Promise<Float32Array[]>;
};

/** The vector of a name is the mean over all its tokens. Undefined when the bundle has no vector task. */
export function createEmbedder(bundle: Bundle, scheduler: Scheduler): Embedder | undefined {
  const served = bundle.tasks.find(({ task }) => task.kind === 'vector');
  if (served?.task.kind !== 'vector') return undefined;
  const { dimensions } = served.task;
  const { maxTokens } = bundle.manifest;
  return {
    sha256: bundle.weights.sha256,
    async embed(names) {
      const vectors = names.map(async (name) => {
        const encoding = bundle.tokeniser.encode(blank(name), maxTokens - 2);
        const window = windowsOf(encoding, bundle.tokeniser, maxTokens)[0];
        if (!window) return new Float32Array(dimensions);
        const { outputs, row, width } = await scheduler.run(window.ids);
        const states = outputs[served.output] ?? new Float32Array(0);
        return meanVector(states, { row, width, first: 1, last: 1 + window.count }, dimensions);
      });
      scheduler.flush();
      return Promise.all(vectors);
    },
  };
}
