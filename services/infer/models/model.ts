import type { Device } from '../config.ts';

/** Token sequences of about one length, padded on the right to the same width. */
export type ModelBatch = {
  readonly rows: number;
  readonly width: number;
  /** Row after row, `rows * width` token ids. */
  readonly ids: Int32Array;
  /** Tokens of each row that are no padding. */
  readonly lengths: Int32Array;
};

/** Output tensors by name, row after row: `task.<id>`. */
export type ModelOutputs = Readonly<Record<string, Float32Array>>;

export type ModelRun = {
  readonly outputs: ModelOutputs;
  /** Time of the computation alone. */
  readonly milliseconds: number;
};

export type ModelOptions = {
  readonly file: string;
  readonly device: Device;
  /** At least 1. */
  readonly threads: number;
};

/**
 * A network in memory. `run` never holds up the event loop; batches that are handed over while one is
 * running wait inside, in order, so that the device has no pause between two.
 * @throws VigilError from `run`: MODEL_RUN when the network failed on this batch and others may succeed,
 *   MODEL_DIED when nothing will succeed any more.
 */
export interface Model extends AsyncDisposable {
  readonly device: Device;
  readonly outputs: readonly string[];
  run(batch: ModelBatch): Promise<ModelRun>;
}

/** @throws VigilError MODEL_DEVICE when the device is not there, MODEL_FILE when the file is no network. */
export type OpenModel = (options: ModelOptions) => Promise<Model>;
