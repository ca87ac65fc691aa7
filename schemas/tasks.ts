import { z } from 'zod';
import { spanMarks } from './analysis.ts';
import list from './tasks.json' with { type: 'json' };

const described = {
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  question: z.string(),
};

const probability = z.number().min(0).max(1);

export const taskSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...described,
    kind: z.literal('sentence'),
    labels: z.array(z.string()).min(2).readonly(),
    positive: z.string().optional().describe('the label that is counted as a finding'),
    threshold: probability.optional().describe('of the positive label'),
    probability: z.string().describe('what the probability means, for analysts'),
  }),
  z.strictObject({ ...described, kind: z.literal('token'), labels: z.array(z.string()).min(2).readonly() }),
  z.strictObject({
    ...described,
    kind: z.literal('marks'),
    labels: z
      .array(z.enum(spanMarks))
      .length(spanMarks.length)
      .refine((labels) => new Set(labels).size === labels.length, 'each mark once')
      .readonly(),
    thresholds: z
      .strictObject({ uncertain: probability, 'other-person': probability })
      .describe(
        'of the marks that an effect can have; negated and indication are weighed against each other',
      ),
  }),
  z.strictObject({ ...described, kind: z.literal('vector'), dimensions: z.int().min(1) }),
]);
export type Task = z.infer<typeof taskSchema>;
export type TaskKind = Task['kind'];
export type SentenceTask = Extract<Task, { kind: 'sentence' }>;
export type TokenTask = Extract<Task, { kind: 'token' }>;
export type MarksTask = Extract<Task, { kind: 'marks' }>;
export type VectorTask = Extract<Task, { kind: 'vector' }>;

/** The one list of tasks; training and serving read the same file, and a model must agree with it. */
export const taskList: { readonly version: number; readonly tasks: readonly Task[] } = z
  .strictObject({ version: z.int(), tasks: z.array(taskSchema).readonly() })
  .readonly()
  .parse(list);
