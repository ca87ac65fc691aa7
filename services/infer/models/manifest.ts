import { z } from 'zod';
import { taskList, type MarksTask, type Task } from '../../../schemas/tasks.ts';
import { VigilError } from '../../shared/errors.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a plain file name');

const manifestTask = z.discriminatedUnion('kind', [
  z.object({ id: z.string(), kind: z.literal('sentence'), output: z.string(), labels: z.array(z.string()) }),
  z.object({ id: z.string(), kind: z.literal('token'), output: z.string(), labels: z.array(z.string()) }),
  z.object({ id: z.string(), kind: z.literal('marks'), output: z.string(), labels: z.array(z.string()) }),
  z.object({ id: z.string(), kind: z.literal('vector'), output: z.string(), dimensions: z.int().min(1) }),
]);
export type ManifestTask = z.infer<typeof manifestTask>;

/** `manifest.json` of a model bundle. Keys that this version does not know are passed over. */
export const manifestSchema = z.object({
  format: z.literal(1),
  name: z.string().min(1),
  version: z.string().min(1),
  encoder: z.string(),
  maxTokens: z.int().min(8).max(8192),
  hidden: z.int().min(1),
  files: z.record(
    fileName,
    z.object({
      sha256,
      bytes: z.int().min(0),
      precision: z.enum(['int8', 'fp16', 'fp32']).optional().describe('only for weights'),
    }),
  ),
  tasks: z.array(manifestTask).min(1),
  thresholds: z
    .record(z.string(), z.number().min(0).max(1))
    .describe('by task; of a mark by task.mark, as in marks.uncertain'),
  gate: z.object({
    file: fileName,
    hash: z.literal('fnv1a32'),
    bits: z.int().min(8).max(24),
    weights: z.literal('int8'),
    scale: z.number(),
    bias: z.number(),
    threshold: z.number(),
    ngrams: z.tuple([z.literal(1), z.literal(2)]),
  }),
  golden: z.object({ file: fileName, tolerance: z.number().min(0).max(0.2) }),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A task of tasks.json with the tensor that answers it and, where it has one, the threshold in force. */
export type ServedTask = {
  readonly task: Task;
  readonly output: string;
  readonly threshold: number | undefined;
  /** Of the kind `marks`: those of the single marks. */
  readonly markThresholds?: MarksTask['thresholds'];
};

function markThresholdsOf({ id, thresholds }: MarksTask, manifest: Manifest): MarksTask['thresholds'] {
  const own = (mark: keyof MarksTask['thresholds']): number =>
    manifest.thresholds[`${id}.${mark}`] ?? thresholds[mark];
  return { uncertain: own('uncertain'), 'other-person': own('other-person') };
}

/**
 * The tasks that a bundle serves, in the order of tasks.json.
 * @throws VigilError MODEL_TASKS unless the bundle answers every task with the same labels.
 */
export function agree(manifest: Manifest, tasks: readonly Task[] = taskList.tasks): ServedTask[] {
  const problems: string[] = [];
  const served = tasks.map((task): ServedTask => {
    const own = manifest.tasks.find(({ id }) => id === task.id);
    if (!own) problems.push(`${task.id} is missing in the bundle`);
    else if (own.kind !== task.kind) problems.push(`${task.id} is of the kind ${own.kind} there`);
    else if (own.kind === 'vector' && task.kind === 'vector') {
      if (own.dimensions !== task.dimensions) problems.push(`${task.id} has ${own.dimensions} dimensions there`);
    } else if (own.kind !== 'vector' && task.kind !== 'vector' && own.labels.join('\n') !== task.labels.join('\n')) {
      problems.push(`${task.id} has the labels ${own.labels.join(', ')} there`);
    }
    const positive = task.kind === 'sentence' ? task.positive : undefined;
    const threshold =
      positive === undefined || task.kind !== 'sentence' ? undefined : (manifest.thresholds[task.id] ?? task.threshold);
    if (positive !== undefined && threshold === undefined) problems.push(`${task.id} has no threshold`);
    const output = own?.output ?? '';
    if (task.kind !== 'marks') return { task, output, threshold };
    return { task, output, threshold, markThresholds: markThresholdsOf(task, manifest) };
  });
  for (const { id } of manifest.tasks) {
    if (!tasks.some((task) => task.id === id)) problems.push(`${id} of the bundle is not in tasks.json`);
  }
  if (problems.length > 0) {
    throw new VigilError(
      'MODEL_TASKS',
      `the model bundle ${manifest.name} does not agree with schemas/tasks.json: ${problems.join('; ')}. Use the bundle that belongs to this version, or train and export it again`,
    );
  }
  return served;
}
