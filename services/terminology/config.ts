import { z } from 'zod';

export const terminologyDrivers = ['open', 'medascii', 'csv'] as const;
export type TerminologyDriver = (typeof terminologyDrivers)[number];

export const terminologyConfig = z
  .strictObject({
    driver: z
      .enum(terminologyDrivers)
      .default('open')
      .describe(
        'where the reactions come from: open is the vocabulary that comes along, medascii a licensed MedDRA folder, csv a list of your own',
      ),
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'medascii: the folder with llt.asc, pt.asc, hlt.asc, hlgt.asc, soc.asc and mdhier.asc; csv: a file with the columns id, term, synonyms (separated by |) and class',
      ),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('below this confidence a mention is given its organ class instead of a term'),
    candidates: z.int().min(1).max(20).default(5).describe('how many terms are kept for each mention'),
    products: z
      .string()
      .min(1)
      .optional()
      .describe(
        'a file with more drug and vaccine names, in the columns of the lexicon that comes along: id, kind, name, group, brands, others',
      ),
  })
  .superRefine((config, context) => {
    if (config.driver !== 'open' && config.path === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['path'],
        message: `terminology.path is needed for terminology.driver ${config.driver}`,
      });
    }
  });
export type TerminologyConfig = z.infer<typeof terminologyConfig>;
