import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inferConfig } from '../services/infer/config.ts';
import { openServing } from '../services/infer/serving.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';
import { openTerminology } from '../services/terminology/loaders/open.ts';
import { createVectorIndex } from '../services/terminology/vector-index.ts';

/**
 * Writes the vectors of the open vocabulary's names into the bundle that ships, so that no first start has to
 * make them. To be run after the vocabulary or the model has changed; a test fails until it was.
 */
const model = join(import.meta.dirname, '..', 'models', 'vigil-minilm');
const serving = await openServing(
  { ...inferConfig.parse({}), model },
  { clock: systemClock, metrics: createMetrics([]) },
);
if (!serving.embedder) throw new Error('this model makes no vectors');
const names = (await openTerminology()).names();
for (const file of await readdir(model)) {
  if (file.startsWith('term-vectors-')) await rm(join(model, file));
}
await createVectorIndex(names, {
  embedder: serving.embedder,
  cacheDir: model,
  logger: createLogger({ level: 'info', format: 'pretty' }),
});
await serving[Symbol.asyncDispose]();
console.log(`vectors of ${names.length} names`);
