import { z } from 'zod';
import { kafkaConfig } from './logs/kafka/config.ts';
import { sqliteConfig } from './logs/sqlite/config.ts';

export const logDrivers = ['sqlite', 'kafka', 'memory'] as const;
export type LogDriver = (typeof logDrivers)[number];

export const logConfig = z.strictObject({
  driver: z
    .enum(logDrivers)
    .default('sqlite')
    .describe(
      'where records wait between stages: sqlite is one local file, kafka a cluster, memory is for trials',
    ),
  partitions: z
    .int()
    .min(1)
    .max(128)
    .default(4)
    .describe(
      'partitions of posts, deletions and analyses: at most this many processes of a stage share the work. Fixed once the topics exist',
    ),
  maxRecordBytes: z
    .int()
    .min(1_048_576)
    .max(67_108_864)
    .default(2_097_152)
    .describe(
      'largest record that is accepted, in bytes of key and value; at least six for each character of ingest.maxTextLength, and 64 KiB',
    ),
  retentionHours: z
    .number()
    .positive()
    .optional()
    .describe(
      'keeps records for at most this long where a topic would keep them longer; topics that keep the last record of every key are not concerned',
    ),
  sqlite: sqliteConfig.prefault({}),
  kafka: kafkaConfig.prefault({}),
});
export type LogConfig = z.infer<typeof logConfig>;
