/**
 * One transformers.js pipeline per task, each with its own pass of the same encoder: what one would write
 * with that library alone. A process of its own, because the library may bring its own runtime.
 * Arguments: model folder, JSON file with the texts, threads. Prints one JSON object.
 */
import { readFileSync } from 'node:fs';
import {
  AutoModel,
  AutoTokenizer,
  env,
  TextClassificationPipeline,
  TokenClassificationPipeline,
} from '@huggingface/transformers';
import { taskList } from '../../schemas/tasks.ts';

const [folder = '', textsFile = '', threads = '1'] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = '/';

const texts = JSON.parse(readFileSync(textsFile, 'utf8')) as string[];
const batchRows = 32;
const heads = taskList.tasks.filter((task) => task.kind === 'sentence' || task.kind === 'token');

const tokenizer = await AutoTokenizer.from_pretrained(folder);
const session_options = { intraOpNumThreads: Number(threads), interOpNumThreads: 1 };
type Answers = Record<string, unknown>;

const pipelines = [];
for (const task of heads) {
  const model = await AutoModel.from_pretrained(folder, { dtype: 'q8', device: 'cpu', session_options });
  const id2label = Object.fromEntries(task.labels.map((label, i) => [i, label]));
  const run = model as unknown as (inputs: unknown) => Promise<Answers>;
  // The library looks for an output called logits; the network has one per task.
  const one = Object.assign(async (inputs: unknown) => ({ logits: (await run(inputs))[`task.${task.id}`] }), {
    config: Object.assign(model.config, { id2label, problem_type: 'single_label_classification' }),
    dispose: () => model.dispose(),
  });
  const parts = { task: 'text-classification', model: one, tokenizer } as never;
  pipelines.push(
    task.kind === 'token' ? new TokenClassificationPipeline(parts) : new TextClassificationPipeline(parts),
  );
}

const rounds: number[] = [];
for (let round = 0; round < 3; round++) {
  const started = performance.now();
  for (const pipeline of pipelines) {
    const call = pipeline as unknown as (texts: string[]) => Promise<unknown>;
    if (pipeline instanceof TokenClassificationPipeline) for (const text of texts) await call([text]);
    else for (let i = 0; i < texts.length; i += batchRows) await call(texts.slice(i, i + batchRows));
  }
  // The first one warms up.
  if (round > 0) rounds.push(performance.now() - started);
}
process.stdout.write(JSON.stringify({ heads: heads.length, milliseconds: rounds }));
