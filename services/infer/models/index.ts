import type { OpenModel } from './model.ts';
import { openOnnx } from './onnx.ts';

/** Drivers by the ending of the weights' file name. */
export const models: Record<'onnx', OpenModel> = {
  onnx: openOnnx,
};
