import { parentPort, workerData } from 'node:worker_threads';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { devices, type Device } from '../config.ts';
import type { ModelBatch, ModelRun } from './model.ts';
import { busy, closing, type FromWorker, type ToWorker, type WorkerOptions } from './onnx-messages.ts';

// ONNX Runtime's `run` returns a promise and still computes on the thread that called it, so the network
// lives on a thread of its own: the main thread tokenises the next batch meanwhile.
const port = parentPort;
if (!port) throw new Error('this file is the body of a worker thread');
const { file, device, threads, flags } = workerData as WorkerOptions;

// What the runtime has to say comes back as an error, not on the process's own output.
env.logLevel = 'fatal';

const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
/** The runtime speaks of nodes, shapes and files; a post is only numbers here. */
const problemOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';

const open = (on: Device): Promise<InferenceSession> =>
  InferenceSession.create(file, {
    executionProviders: [on],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    // Threads that wait by turning in circles would take the other stages' cores.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });

async function usableDevices(): Promise<Device[]> {
  const found: Device[] = [];
  for (const candidate of devices) {
    if (candidate === device) continue;
    try {
      await (await open(candidate)).release();
      found.push(candidate);
    } catch {
      // Not there: that is the answer.
    }
  }
  return found;
}

async function run(session: InferenceSession, batch: ModelBatch): Promise<ModelRun> {
  const { rows, width, ids, lengths } = batch;
  const wide = new BigInt64Array(ids.length);
  const mask = new BigInt64Array(ids.length);
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    const end = start + (lengths[row] ?? 0);
    for (let i = start; i < end; i++) {
      wide[i] = BigInt(ids[i] ?? 0);
      mask[i] = 1n;
    }
  }
  const shape = [rows, width];
  const started = performance.now();
  const results = await session.run({
    input_ids: new Tensor('int64', wide, shape),
    attention_mask: new Tensor('int64', mask, shape),
  });
  const milliseconds = performance.now() - started;
  const outputs: Record<string, Float32Array> = {};
  // Copied: the runtime's own memory cannot be handed to another thread.
  for (const [name, tensor] of Object.entries(results)) {
    outputs[name] = (tensor.data as Float32Array).slice();
    tensor.dispose();
  }
  return { outputs, milliseconds };
}

try {
  const session = await open(device);
  say({ type: 'ready', outputs: session.outputNames });
  let last: Promise<void> = Promise.resolve();
  const answer = async (id: number, batch: ModelBatch): Promise<void> => {
    // First busy, then the look at `closing`: the main thread does it the other way round.
    Atomics.store(flags, busy, 1);
    try {
      if (Atomics.load(flags, closing) === 1) return;
      const done = await run(session, batch);
      const buffers = Object.values(done.outputs).map(({ buffer }) => buffer as ArrayBuffer);
      say({ type: 'done', id, run: done }, buffers);
    } catch (error) {
      say({ type: 'failed', id, problem: problemOf(error) });
    } finally {
      Atomics.store(flags, busy, 0);
      Atomics.notify(flags, busy);
    }
  };
  const answerNext = async (before: Promise<void>, id: number, batch: ModelBatch): Promise<void> => {
    await before;
    await answer(id, batch);
  };
  const close = async (): Promise<void> => {
    await last;
    await session.release();
    port.close();
  };
  port.on('message', (message: ToWorker) => {
    if (message === 'close') void close();
    else last = answerNext(last, message.id, message.batch);
  });
} catch (error) {
  say({ type: 'refused', problem: problemOf(error), usable: await usableDevices() });
}
