import { z } from 'zod';
import { millis, postId } from './common.ts';
import { spanSchema, taskAnswer } from './analysis.ts';
import { versioned } from './versioned.ts';

export const labelTaskSchema = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  postId,
  revision: z.int().min(0),
  strategy: z.enum(['random-audit', 'uncertainty', 'disagreement', 'diversity', 'flagged']),
  tasks: z.array(z.string()).describe('which tasks of tasks.json are asked'),
  suggestions: z.strictObject({ tasks: z.record(z.string(), taskAnswer), spans: z.array(spanSchema) }),
  model: z.string(),
  weight: z.number().positive().describe('inverse probability of being drawn'),
  createdAt: millis,
});
/** A post that people are asked to label. */
export type LabelTask = z.infer<typeof labelTaskSchema>;
export const labelTask = versioned<LabelTask>('LabelTask', 1, labelTaskSchema);

export const labelSchema = z.strictObject({
  v: z.literal(1),
  taskId: z.string(),
  postId,
  revision: z.int().min(0),
  person: z.string().describe('the person who takes responsibility for the label'),
  answers: z.record(z.string(), z.string()).describe('task to label'),
  spans: z.array(
    z.strictObject({
      label: z.string(),
      start: z.int().min(0),
      end: z.int().min(0),
      conceptId: z.string().nullable(),
    }),
  ),
  verdict: z.enum(['answered', 'skipped', 'withdrawn']),
  at: millis,
});
/** A person's answer to a label task. Offsets are code points. */
export type Label = z.infer<typeof labelSchema>;
export const label = versioned<Label>('Label', 1, labelSchema);

export const alertSchema = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  rule: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  productId: z.string().nullable(),
  conceptId: z.string().nullable(),
  people: z.int().min(0).describe('distinct authors'),
  statistic: z.string(),
  value: z.number(),
  from: millis,
  to: millis,
  examples: z.array(postId).max(20),
  at: millis,
});
/** Something changed that a person should look at; a hypothesis, never a finding. */
export type Alert = z.infer<typeof alertSchema>;
export const alert = versioned<Alert>('Alert', 1, alertSchema);
