import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { blank } from '../../services/infer/blank.ts';
import type { Serving } from '../../services/infer/serving.ts';
import { meanVector } from '../../services/infer/tasks/vector.ts';
import { windowsOf } from '../../services/infer/window.ts';
import { offsetsOf } from '../../services/shared/text-offsets.ts';
import { depth, fuse } from '../../services/terminology/fuse.ts';
import type { LexicalIndex } from '../../services/terminology/lexical-index.ts';
import type { Concept } from '../../services/terminology/terminology.ts';
import type { VectorIndex } from '../../services/terminology/vector-index.ts';

const mentionLine = z.object({
  set: z.string(),
  /** The same for near-duplicates. */
  post: z.int(),
  text: z.string(),
  /** Code points, end exclusive. */
  start: z.int().nonnegative(),
  end: z.int().positive(),
  concepts: z.array(z.string()).min(1),
});
export type MentionLine = z.infer<typeof mentionLine>;

/** A concept that a search found for a mention, with a score of 0 where one of the two did not. */
export type Found = { readonly words: number; readonly vector: number; readonly isRight: boolean };

/** A mention with the concepts found for it, in the order of the fusion. */
export type Searched = {
  readonly set: string;
  readonly post: number;
  readonly hasVector: boolean;
  readonly found: readonly Found[];
};

/** Lines of `vigil_training.mentions`. @throws Error that names the line, without its text. */
export async function readMentions(path: string): Promise<MentionLine[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.flatMap((line, n) => {
    if (line === '') return [];
    try {
      return [mentionLine.parse(JSON.parse(line))];
    } catch {
      throw new Error(`line ${n + 1} is not one that vigil_training.mentions writes`);
    }
  });
}

/** The vector of a span (UTF-16 units) in its text, over the pieces that serving takes for such a span. */
async function vectorOf(serving: Serving, text: string, from: number, to: number): Promise<Float32Array> {
  const { bundle, scheduler } = serving;
  const served = bundle.tasks.find(({ task }) => task.kind === 'vector');
  if (served?.task.kind !== 'vector') throw new Error('this model makes no vectors');
  const { dimensions } = served.task;
  const { tokeniser, manifest } = bundle;
  const encoding = tokeniser.encode(blank(text));
  const { starts, ends } = encoding;
  const first = ends.findIndex((end) => end > from);
  const last = starts.findLastIndex((start) => start < to) + 1;
  const windows = windowsOf(encoding, tokeniser, manifest.maxTokens);
  const holds = windows.find((one) => first >= one.from && last <= one.from + one.count);
  if (first < 0 || last <= first || !holds) return new Float32Array(dimensions);
  const { outputs, row, width } = await scheduler.run(holds.ids);
  const states = outputs[served.output] ?? new Float32Array(0);
  return meanVector(
    states,
    { row, width, first: 1 + first - holds.from, last: 1 + last - holds.from },
    dimensions,
  );
}

/** Looks every mention up as serving does. */
export async function searchAll(
  mentions: readonly MentionLine[],
  serving: Serving,
  index: { words: LexicalIndex; vectors: VectorIndex; concepts: readonly Concept[] },
): Promise<Searched[]> {
  const searched = mentions.map(async ({ set, post, text, start, end, concepts }) => {
    const { toUtf16 } = offsetsOf(text);
    const [from, to] = [toUtf16(start), toUtf16(end)];
    const vector = await vectorOf(serving, text, from, to);
    const near = index.vectors.search(vector, depth);
    const found = fuse(index.words.search(text.slice(from, to), depth), near).map(([at, one]) => ({
      words: one.lexical?.score ?? 0,
      vector: one.vector?.score ?? 0,
      isRight: concepts.includes(index.concepts[at]?.id ?? ''),
    }));
    return { set, post, hasVector: near.length > 0, found };
  });
  serving.scheduler.flush();
  return Promise.all(searched);
}
