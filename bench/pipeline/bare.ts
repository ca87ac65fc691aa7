import { InferenceSession, Tensor } from 'onnxruntime-node';
import { shippedPathOf, type Settings } from '../../services/config.ts';
import { loadBundle } from '../../services/infer/models/bundle.ts';
import { models } from '../../services/infer/models/index.ts';
import type { ModelBatch } from '../../services/infer/models/model.ts';
import { threadsOf } from '../../services/infer/serving.ts';

/** Keeps every batch that a model of this process is given from now on. */
export function keepBatches(): ModelBatch[] {
  const batches: ModelBatch[] = [];
  const open = models.onnx;
  models.onnx = async (options) => {
    const model = await open(options);
    return {
      ...model,
      run(batch) {
        batches.push(batch);
        return model.run(batch);
      },
    };
  };
  return batches;
}

/** Runs the batches one after the other on a session of the same weights and threads, nothing around it. */
export async function bareSession(
  config: Settings['infer'],
  batches: readonly ModelBatch[],
): Promise<{ bareSeconds: number; bareCpuSeconds: number }> {
  const bundle = await loadBundle(shippedPathOf(config.model), config);
  const session = await InferenceSession.create(bundle.weights.file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threadsOf(config.threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = batches.map(({ rows, width, ids, lengths }) => {
    const mask = new BigInt64Array(ids.length);
    lengths.forEach((length, row) => mask.fill(1n, row * width, row * width + length));
    return {
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [rows, width]),
      attention_mask: new Tensor('int64', mask, [rows, width]),
    };
  });
  const [first] = feeds;
  if (first) await session.run(first);
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (const feed of feeds) await session.run(feed);
  const { user, system } = process.cpuUsage(cpu);
  return { bareSeconds: (performance.now() - began) / 1000, bareCpuSeconds: (user + system) / 1e6 };
}
