import { z } from 'zod';

export const chdbConfig = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe('folder of the embedded database; `store` in the data folder when not given'),
  memoryBytes: z
    .int()
    .min(268_435_456)
    .default(800_000_000)
    .describe('most memory that the embedded database takes, in bytes; queries beyond it are refused'),
  threads: z.int().min(1).max(256).default(2).describe('threads of one query of the embedded database'),
});
export type ChdbConfig = z.infer<typeof chdbConfig>;
