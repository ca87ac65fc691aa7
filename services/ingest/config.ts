import { z } from 'zod';
import { sourceConfigs } from './sources/index.ts';

export const ingestConfig = z.strictObject({
  sources: z
    .array(z.discriminatedUnion('driver', sourceConfigs))
    .default([])
    .refine(
      (sources) => new Set(sources.map(({ name }) => name)).size === sources.length,
      'two sources share a name',
    )
    .describe('where posts come from'),
  batchRecords: z
    .int()
    .min(1)
    .max(50_000)
    .default(1000)
    .describe('records that are appended to the log in one step'),
  maxRecordBytes: z
    .int()
    .min(1024)
    .max(512 * 1024 * 1024)
    .default(16 * 1024 * 1024)
    .describe('a longer record is skipped and counted as too-large'),
  maxTextLength: z
    .int()
    .min(100)
    .max(500_000)
    .default(100_000)
    .describe('a post with more characters is left out as too-long'),
  languages: z
    .array(z.string().regex(/^([a-z]{2,3}|und)$/))
    .default([])
    .describe('ISO 639 codes of the languages to keep, und for undetermined; empty keeps all'),
});
export type IngestConfig = z.infer<typeof ingestConfig>;

export const privacyConfig = z.strictObject({
  keyFile: z
    .string()
    .min(1)
    .default('~/.config/vigilstream/author.key')
    .describe(
      'key of the authors’ pseudonyms, made at the first start; outside the data folder, readable by its owner only; ~ is the home folder',
    ),
});
export type PrivacyConfig = z.infer<typeof privacyConfig>;
