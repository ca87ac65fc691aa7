import type { Device } from '../config.ts';
import type { ModelBatch, ModelOptions, ModelRun } from './model.ts';

/** What the driver and its worker say to each other. */
/** `close` ends the worker when the runs before it are done. */
export type ToWorker = 'close' | { readonly id: number; readonly batch: ModelBatch };

export type FromWorker =
  | { readonly type: 'ready'; readonly outputs: readonly string[] }
  | { readonly type: 'refused'; readonly problem: string; readonly usable: readonly Device[] }
  | { readonly type: 'done'; readonly id: number; readonly run: ModelRun }
  | { readonly type: 'failed'; readonly id: number; readonly problem: string };

export type WorkerOptions = ModelOptions & {
  /** Two flags in shared memory: at `busy` 1 while the network computes, at `closing` 1 when it must not begin. */
  readonly flags: Int32Array;
};
export const busy = 0;
export const closing = 1;
