import { z } from 'zod';

export const sqliteConfig = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe(
      'the log file, on a local disk; log.sqlite in the data folder by default. Two files beside it belong to it (-wal, -shm)',
    ),
  synchronous: z
    .enum(['full', 'normal'])
    .default('full')
    .describe(
      'full survives a power cut; normal survives the death of the process only and saves a disk flush per batch',
    ),
  sessionTimeoutMs: z
    .int()
    .min(1000)
    .max(300_000)
    .default(10_000)
    .describe('a consumer that is silent for this long is replaced by another member of its group'),
  pollMs: z
    .int()
    .min(5)
    .max(5000)
    .default(50)
    .describe('how often an idle consumer looks for records that other processes appended'),
  tidyMs: z
    .int()
    .min(1000)
    .default(60_000)
    .describe('how often old records are removed and their disk space is given back'),
  freeShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe('share of the file that may stay empty for new records before space is given back to the disk'),
});
export type SqliteConfig = z.infer<typeof sqliteConfig>;
