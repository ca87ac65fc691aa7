import { z } from 'zod';
import { criteriaNames } from './criteria.ts';

export const signalConfig = z.strictObject({
  every: z
    .number()
    .min(5)
    .max(86_400)
    .default(60)
    .describe('seconds between two scans of all pairs of product and reaction'),
  run: z.string().min(1).default('live').describe('which answers are scanned: live, or the id of a replay'),
  levels: z
    .array(z.string().min(1))
    .min(1)
    .default(['term', 'class'])
    .describe(
      'levels of the terminology that are scanned: term, class, and those between that it has (MedDRA: hlt, hlgt)',
    ),
  criteria: z
    .array(z.enum(criteriaNames))
    .min(1)
    .default(['rise'])
    .describe('when a pair is called a signal; with several, each calls by itself'),
  people: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('fewest people behind a signal, where the criteria ask for fewer'),
  q: z
    .number()
    .min(0.000_001)
    .max(0.5)
    .default(0.05)
    .describe(
      'largest false discovery rate over the pairs of one scan (Benjamini and Hochberg), where the criteria allow a larger one',
    ),
  windowDays: z
    .int()
    .min(28)
    .max(3650)
    .default(365)
    .describe('days that the tables of disproportionality count'),
  keepFrom: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('fewest people of a pair whose scores are written to the table'),
  againAfterDays: z
    .int()
    .min(0)
    .max(3650)
    .default(60)
    .describe('days after a signal was closed before its pair can be a signal again'),
  evidenceHours: z
    .number()
    .min(0.1)
    .max(8760)
    .default(24)
    .describe(
      'hours after which an open signal is given newer evidence; half as many people again come at once',
    ),
  examples: z.int().min(0).max(20).default(5).describe('posts named in the evidence, to be read first'),
  waitSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe('longest time that a scan waits for posts that are still on their way to the tables'),
});
export type SignalConfig = z.infer<typeof signalConfig>;
