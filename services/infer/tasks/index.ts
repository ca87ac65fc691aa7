import type { TaskKind } from '../../../schemas/tasks.ts';
import { marksReader } from './marks.ts';
import { sentenceReader } from './sentence.ts';
import type { CreateReader } from './task.ts';
import { tokenReader } from './token.ts';
import { vectorReader } from './vector.ts';

/** Readers by the kind of task, in the order in which they run: marks and vectors are those of the spans before. */
export const taskKinds: Record<TaskKind, CreateReader> = {
  sentence: sentenceReader,
  token: tokenReader,
  marks: marksReader,
  vector: vectorReader,
};
