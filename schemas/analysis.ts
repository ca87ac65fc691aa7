import { z } from 'zod';
import { millis, postId } from './common.ts';
import { postSchema } from './post.ts';
import { versioned } from './versioned.ts';

const probability = z.number().min(0).max(1);

export const termCandidate = z.strictObject({
  id: z.string().describe('concept in the terminology'),
  term: z.string().describe('preferred term'),
  classId: z.string(),
  className: z.string().describe('organ class'),
  score: probability,
});
export type TermCandidate = z.infer<typeof termCandidate>;

/**
 * What can be said of an effect; none of these counts as an effect that the author had. Of several the first
 * in this order says what it counts as: what nobody had comes before whose it was.
 */
export const spanMarks = ['negated', 'indication', 'other-person', 'uncertain'] as const;
export type SpanMark = (typeof spanMarks)[number];

export const spanSchema = z.strictObject({
  label: z.string().describe('effect or drug'),
  start: z.int().min(0).describe('first code point'),
  end: z.int().min(0).describe('one past the last code point'),
  startUtf16: z.int().min(0),
  endUtf16: z.int().min(0),
  text: z.string(),
  score: probability,
  level: z.enum(['term', 'class', 'none']).describe('how far the span could be normalised with confidence'),
  terms: z.array(termCandidate).describe('best first; empty for drugs'),
  marks: z
    .array(z.enum(spanMarks))
    .optional()
    .describe(
      'whether an effect is negated, uncertain, somebody else’s or the reason for taking the product',
    ),
});
export type Span = z.infer<typeof spanSchema>;

export const productMention = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['drug', 'vaccine']),
  start: z.int().min(0),
  end: z.int().min(0),
  startUtf16: z.int().min(0),
  endUtf16: z.int().min(0),
});
export type ProductMention = z.infer<typeof productMention>;

export const taskAnswer = z.strictObject({
  label: z.string(),
  probability: probability.describe('of the positive label where the task has one, else of the answer'),
  probabilities: z.array(probability).describe('in the order of the labels in tasks.json'),
});
export type TaskAnswer = z.infer<typeof taskAnswer>;

export const gateVerdicts = ['passed', 'refused', 'sampled', 'off'] as const;
export type GateVerdict = (typeof gateVerdicts)[number];

export const analysisSchema = z.strictObject({
  v: z.literal(1),
  postId,
  revision: z.int().min(0),
  run: z.string().describe('live, or the id of a replay'),
  gate: z.strictObject({
    verdict: z
      .enum(gateVerdicts)
      .describe('refused posts carry no answers; sampled ones were refused and analysed all the same'),
    score: z.number(),
  }),
  tasks: z.record(z.string(), taskAnswer),
  spans: z.array(spanSchema),
  products: z.array(productMention),
  truncated: z.boolean().describe('the text was longer than the model reads in its windows'),
  analysedAt: millis,
  milliseconds: z.number().min(0).describe('share of the batch time spent on this post'),
  versions: z.strictObject({
    model: z.string(),
    thresholds: z.string(),
    terminology: z.string(),
    code: z.string(),
  }),
});
/** What one model in one run says about one revision of one post. */
export type Analysis = z.infer<typeof analysisSchema>;
export const analysis = versioned<Analysis>('Analysis', 1, analysisSchema);

export const analysedPostSchema = z.strictObject({
  v: z.literal(1),
  post: postSchema,
  analysis: analysisSchema,
});
/** The record of the topic `analyses`: the post travels with its analysis, so that the store needs no join. */
export type AnalysedPost = z.infer<typeof analysedPostSchema>;
export const analysedPost = versioned<AnalysedPost>('AnalysedPost', 1, analysedPostSchema);
