import { z } from 'zod';
import list from './tasks.json' with { type: 'json' };

const described = {
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: z.string(),
  question: z.string(),
};

export const taskSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...described,
    kind: z.literal('sentence'),
    labels: z.array(z.string()).min(2).readonly(),
    positive: z.string().optional().describe('the label that is counted as a finding'),
    threshold: z.number().min(0).max(1).optional().describe('of the positive label'),
    probability: z.string().describe('what the probability means, for analysts'),
  }),
  z.strictObject({ ...described, kind: z.literal('token'), labels: z.array(z.string()).min(2).readonly() }),
  z.strictObject({ ...described, kind: z.literal('vector'), dimensions: z.int().min(1) }),
]);
export type Task = z.infer<typeof taskSchema>;
export type TaskKind = Task['kind'];
export type SentenceTask = Extract<Task, { kind: 'sentence' }>;
export type TokenTask = Extract<Task, { kind: 'token' }>;
export type VectorTask = Extract<Task, { kind: 'vector' }>;

/** The one list of tasks; training and serving read the same file, and a model must agree with it. */
export const taskList: { readonly version: number; readonly tasks: readonly Task[] } = z
  .strictObject({ version: z.int(), tasks: z.array(taskSchema).readonly() })
  .readonly()
  .parse(list);
