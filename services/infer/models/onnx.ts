import { Worker } from 'node:worker_threads';
import { VigilError } from '../../shared/errors.ts';
import type { Model, ModelBatch, ModelOptions, ModelRun } from './model.ts';
import { busy, closing, type FromWorker, type ToWorker, type WorkerOptions } from './onnx-messages.ts';

type Waiting = { resolve(outputs: ModelRun): void; reject(error: VigilError): void };

/** How long the end of the process waits for a run. */
const longestRunMs = 10_000;

/** Opens a network with ONNX Runtime on a worker thread; the runtime would hold up the thread it runs on. */
export async function openOnnx(options: ModelOptions): Promise<Model> {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const workerData: WorkerOptions = { ...options, flags };
  const worker = new Worker(new URL('./onnx-worker.ts', import.meta.url), { workerData });
  /** A thread that is ended in the middle of a run aborts the whole process, whatever its exit code was to be. */
  const waitForRun = (): void => {
    Atomics.store(flags, closing, 1);
    if (Atomics.load(flags, busy) === 1) Atomics.wait(flags, busy, 1, longestRunMs);
  };
  process.on('exit', waitForRun);
  const waiting = new Map<number, Waiting>();
  const opened = Promise.withResolvers<readonly string[]>();
  const exited = Promise.withResolvers<void>();
  let dead: VigilError | undefined;
  let next = 0;

  const die = (why: string, cause?: unknown): void => {
    dead ??= new VigilError('MODEL_DIED', `the thread of the model has ended: ${why}; start the process again`, {
      cause,
    });
    opened.reject(dead);
    for (const { reject } of waiting.values()) reject(dead);
    waiting.clear();
  };
  worker.on('error', (error) => die(error instanceof Error ? error.name : 'unknown error', error));
  worker.on('exit', (code) => {
    process.off('exit', waitForRun);
    exited.resolve();
    die(`exit code ${code}`);
  });
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'ready') opened.resolve(message.outputs);
    else if (message.type === 'refused') opened.reject(refusal(options, message.problem, message.usable));
    else {
      const { id } = message;
      const waiter = waiting.get(id);
      waiting.delete(id);
      if (message.type === 'done') waiter?.resolve(message.run);
      else waiter?.reject(new VigilError('MODEL_RUN', `the model failed on a batch: ${message.problem}`));
    }
  });

  let outputs: readonly string[];
  try {
    outputs = await opened.promise;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    device: options.device,
    outputs,
    run(batch: ModelBatch) {
      if (dead) return Promise.reject(dead);
      const result = Promise.withResolvers<ModelRun>();
      const id = next++;
      waiting.set(id, result);
      worker.postMessage({ id, batch } satisfies ToWorker);
      return result.promise;
    },
    async [Symbol.asyncDispose]() {
      worker.postMessage('close' satisfies ToWorker);
      await exited.promise;
    },
  };
}

function refusal({ device, file }: ModelOptions, problem: string, usable: readonly string[]): VigilError {
  if (device !== 'cpu' && usable.includes('cpu')) {
    const advice =
      device === 'cuda'
        ? 'CUDA needs the provider libraries of ONNX Runtime beside its binding and an NVIDIA driver'
        : 'WebGPU needs a graphics adapter with Vulkan, Metal or Direct3D 12';
    return new VigilError(
      'MODEL_DEVICE',
      `infer.device is ${device}, which this machine does not offer; it has: ${usable.join(', ')}. ${advice} (${problem})`,
    );
  }
  return new VigilError('MODEL_FILE', `the network ${file} cannot be opened: ${problem}`);
}
