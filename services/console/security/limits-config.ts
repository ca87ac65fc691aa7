import { z } from 'zod';

export const limitsConfig = z
  .strictObject({
    personPerMinute: z.int().min(10).max(1_000_000).default(1200).describe('requests of one person a minute'),
    addressPerMinute: z
      .int()
      .min(10)
      .max(1_000_000)
      .default(3000)
      .describe('requests of one address a minute'),
    signInsPerMinute: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe('attempts to sign in a minute, from one address and for one name'),
    bodyBytes: z.int().min(1024).max(16_777_216).default(262_144).describe('largest body of a request'),
    exportRows: z.int().min(1).max(100_000_000).default(200_000).describe('most rows that one export holds'),
    querySeconds: z.number().min(0.5).max(600).default(15).describe('longest time of one query of the page'),
  })
  .prefault({})
  .describe('What one person or address may ask for.');
export type LimitsConfig = z.infer<typeof limitsConfig>;
