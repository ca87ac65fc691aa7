import { z } from 'zod';
import { millis, postId } from './common.ts';

/** The life of a signal (GVP module IX): what a machine has detected is taken through these by people. */
export const signalStates = ['detected', 'validated', 'prioritised', 'under-assessment', 'closed'] as const;
export type SignalState = (typeof signalStates)[number];

/** How a closed signal ended; empty while it is open. */
export const signalOutcomes = ['', 'confirmed', 'refuted', 'duplicate'] as const;
export type SignalOutcome = (typeof signalOutcomes)[number];

/** Where a signal may go from each state. A closed one stays closed: a new rise is a new signal. */
export const signalTransitions: Readonly<Record<SignalState, readonly SignalState[]>> = {
  detected: ['validated', 'closed'],
  validated: ['prioritised', 'under-assessment', 'closed'],
  prioritised: ['under-assessment', 'closed'],
  'under-assessment': ['closed'],
  closed: [],
};

/** The name under which the software itself acts; no person can have it. */
export const machine = 'machine';

const count = z.int().min(0);
const statistic = z.number().nullable();

/** What was counted and computed for a pair when it was detected, or later, when more was known. */
export const evidenceSchema = z.strictObject({
  /** Days that were counted, both included, `YYYY-MM-DD`. */
  from: z.iso.date(),
  to: z.iso.date(),
  /** People (distinct authors): with both, of the product, of the reaction, of all. */
  n11: count,
  n1x: count,
  nx1: count,
  n: count,
  /** People in the last seven days, and in the seven days before these. */
  recent: count,
  baseline: count,
  /** The stretch in which the rise is clearest: its days, its people, and how many had been expected. */
  change: z.strictObject({
    days: z.int().min(1),
    people: count,
    expected: z.number(),
    p: z.number(),
    /** After Benjamini and Hochberg over all pairs of the scan. */
    q: z.number(),
    pairs: count,
  }),
  prr: z.strictObject({ value: statistic, lower: statistic, upper: statistic, chiSquare: statistic }),
  ror: z.strictObject({ value: statistic, lower: statistic, upper: statistic }),
  ic: z.strictObject({ value: statistic, lower: statistic, upper: statistic }),
  ebgm: z.strictObject({ value: statistic, lower: statistic, upper: statistic }),
  detectors: z.array(z.string()),
  presets: z.array(z.string()),
  /** Posts to read first. */
  examples: z.array(postId).max(20),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** The pair that a signal is about; `conceptId` is that of the term or of the group above it, by `level`. */
export const signalPairSchema = z.strictObject({
  run: z.string().min(1),
  level: z.string().min(1).describe('term, class, or a level between them that the terminology has'),
  productId: z.string().min(1),
  product: z.string(),
  conceptId: z.string().min(1),
  concept: z.string(),
  classId: z.string(),
  class: z.string(),
});
export type SignalPair = z.infer<typeof signalPairSchema>;

/**
 * One step in the life of a signal. Steps are only ever added. `sequence` counts them from 0 without a hole,
 * so that of two people who act on the same state only one succeeds.
 */
export const signalEventSchema = z.strictObject({
  signalId: z.string().regex(/^[0-9a-f]{16}$/),
  sequence: count,
  at: millis,
  kind: z
    .enum(['transition', 'evidence'])
    .describe('a change of state, or newer evidence for a signal that is open'),
  fromState: z.enum(signalStates).nullable().describe('null: there was no such signal'),
  toState: z.enum(signalStates),
  outcome: z.enum(signalOutcomes),
  person: z.string().min(1).max(100).describe('who is responsible; machine only detects and adds evidence'),
  reason: z.string().max(2000),
  duplicateOf: z.string().describe('id of the other signal where the outcome is duplicate, else empty'),
  criteria: z
    .string()
    .regex(/^[a-z0-9-]+@\d+$/)
    .describe('id and version of the criteria that it met'),
  pair: signalPairSchema,
  evidence: evidenceSchema.nullable().describe('null where a person acted: the evidence before still stands'),
});
export type SignalEvent = z.infer<typeof signalEventSchema>;

/** What a person asks for; what is missing is known from the signal itself. */
export const transitionRequestSchema = z.strictObject({
  signalId: z.string().regex(/^[0-9a-f]{16}$/),
  toState: z.enum(signalStates).exclude(['detected']),
  outcome: z.enum(signalOutcomes).default(''),
  reason: z.string().trim().min(1, 'say why').max(2000),
  duplicateOf: z.string().default(''),
  /** Number of the step that the person has seen last; another one since then refuses this one. */
  afterSequence: count.optional(),
});
export type TransitionRequest = z.infer<typeof transitionRequestSchema>;

/** With whom a pair is compared: all products, those of the same group, or the product itself in the period before. */
export const comparators = ['all', 'class', 'period-before'] as const;
export const strataNames = ['platform', 'source', 'lang', 'country', 'month'] as const;

/** A question about one pair; days are counted in UTC, both included. */
export const assessmentQuerySchema = z
  .strictObject({
    run: z.string().min(1).default('live'),
    level: z.string().min(1).default('term'),
    productId: z.string().min(1),
    conceptId: z.string().min(1),
    from: z.iso.date(),
    to: z.iso.date(),
    comparator: z.enum(comparators).default('all'),
    by: z.enum(strataNames).optional().describe('stratify by this'),
    sources: z.array(z.string()).default([]),
    langs: z.array(z.string()).default([]),
    countries: z.array(z.string()).default([]),
    model: z
      .string()
      .optional()
      .describe("a model's own answers; the newest answer to each post when left out"),
    withDuplicates: z
      .boolean()
      .default(false)
      .describe('also copies of a text, automated accounts and suspected advertising'),
  })
  .refine(({ from, to }) => from <= to, { message: 'the first day lies after the last', path: ['from'] });
export type AssessmentQuery = z.infer<typeof assessmentQuerySchema>;

const estimateSchema = z.strictObject({ value: statistic, lower: statistic, upper: statistic });
const tableSchema = z
  .strictObject({ a: count, b: count, c: count, d: count })
  .describe('people: with both, with the product only, with the reaction only, with neither');
const measuresSchema = z.strictObject({
  expected: z.number().describe('people that independence of product and reaction would make expect'),
  prr: estimateSchema,
  chiSquare: z.number(),
  chiSquareYates: z.number(),
  ror: estimateSchema,
  ic: estimateSchema,
  ebgm: estimateSchema
    .nullable()
    .describe('interval of 90 %, EB05 to EB95; null where too few pairs are there'),
});

export const assessmentSchema = z.strictObject({
  query: assessmentQuerySchema,
  /** What the product is compared with, in words. */
  compared: z.string(),
  table: tableSchema,
  measures: measuresSchema,
  presets: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      rule: z.string(),
      fired: z.boolean(),
      why: z.string(),
    }),
  ),
  strata: z.array(
    z.strictObject({
      stratum: z.string(),
      table: tableSchema,
      prr: estimateSchema,
      ror: estimateSchema,
      ic: estimateSchema,
    }),
  ),
  /** Over the strata: Mantel and Haenszel for the ratios, summed expectations for IC and EBGM. */
  stratified: measuresSchema.nullable(),
});
export type Assessment = z.infer<typeof assessmentSchema>;
