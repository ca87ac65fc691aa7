import { z } from 'zod';

export const devices = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof devices)[number];

export const precisions = ['auto', 'int8', 'fp16', 'fp32'] as const;
export type Precision = (typeof precisions)[number];

export const inferConfig = z.strictObject({
  model: z.string().min(1).default('models/vigil-minilm').describe('folder of the model bundle'),
  device: z
    .enum(devices)
    .default('cpu')
    .describe('what the model runs on; a device that is missing is an error that lists what is there'),
  threads: z
    .int()
    .min(0)
    .max(256)
    .default(0)
    .describe('processor threads of one model run; 0 takes all cores but one, at least one'),
  precision: z
    .enum(precisions)
    .default('auto')
    .describe('which weights of the bundle to use; auto takes the smallest on a cpu, the largest elsewhere'),
  batchTokens: z
    .int()
    .min(128)
    .max(1_048_576)
    .default(1024)
    .describe('most tokens of one model run, padding included; a graphics card wants 16384 and more'),
  maxLatencyMs: z
    .int()
    .min(0)
    .max(10_000)
    .default(25)
    .describe('longest wait of a post for others of its length to share a model run with'),
  maxWindows: z
    .int()
    .min(1)
    .max(1000)
    .default(16)
    .describe('windows read of a long post; what lies behind them is marked as truncated'),
  gate: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('let the cheap gate refuse posts; without it all are analysed'),
      sample: z
        .number()
        .min(0)
        .max(1)
        .default(0.01)
        .describe(
          'share of the refused posts that are analysed all the same, to measure what the gate misses',
        ),
    })
    .prefault({}),
  group: z.string().min(1).default('infer').describe('consumer group of the stage'),
  fetchRecords: z.int().min(1).max(100_000).default(1000).describe('most posts taken from the log at once'),
  fetchWaitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(20)
    .describe('longest wait for more posts once one is there'),
  maxPending: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(512)
    .describe('posts that may wait for the model before no more are taken from the log'),
});
export type InferConfig = z.infer<typeof inferConfig>;
