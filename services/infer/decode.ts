import type { Span, TaskAnswer } from '../../schemas/analysis.ts';
import { VigilError } from '../shared/errors.ts';
import { offsetsOf } from '../shared/text-offsets.ts';
import type { ModelOutputs } from './models/model.ts';
import type { ServedTask } from './models/manifest.ts';
import { taskKinds } from './tasks/index.ts';
import { answerOf } from './tasks/sentence.ts';
import type { Findings, RawSpan } from './tasks/task.ts';
import { mergeSpans } from './tasks/token.ts';
import type { Encoding } from './tokenise.ts';
import type { Window } from './window.ts';

/** What the model said about one window: a row of a batch that it shared with others. */
export type WindowAnswer = { readonly outputs: ModelOutputs; readonly row: number; readonly width: number };

export type Decoded = { readonly tasks: Record<string, TaskAnswer>; readonly spans: RawSpan[] };

export type Decoder = (
  encoding: Encoding,
  windows: readonly Window[],
  answers: readonly WindowAnswer[],
) => Decoded;

/** Turns tensors into answers and spans for the given tasks. @throws VigilError MODEL_OUTPUT for a missing tensor. */
export function createDecoder(tasks: readonly ServedTask[]): Decoder {
  const order = Object.keys(taskKinds);
  const readers = [...tasks]
    .sort((a, b) => order.indexOf(a.task.kind) - order.indexOf(b.task.kind))
    .map((served) => ({ output: served.output, read: taskKinds[served.task.kind](served) }));

  return (encoding, windows, answers) => {
    const findings: Findings = { sentences: new Map(), windowSpans: [] };
    const all: RawSpan[] = [];
    windows.forEach((window, i) => {
      const answer = answers[i];
      if (!answer) return;
      findings.windowSpans = [];
      for (const { output, read } of readers) {
        const tensor = answer.outputs[output];
        if (!tensor)
          throw new VigilError('MODEL_OUTPUT', `the network has no output ${output}; its manifest says so`);
        read({ encoding, window, output: tensor, row: answer.row, width: answer.width }, findings);
      }
      all.push(...findings.windowSpans);
    });
    const answered: Record<string, TaskAnswer> = {};
    for (const { task, threshold } of tasks) {
      const values = findings.sentences.get(task.id);
      if (values && task.kind === 'sentence') answered[task.id] = answerOf(task, threshold, values);
    }
    return { tasks: answered, spans: windows.length > 1 ? mergeSpans(all) : all };
  };
}

/** Offsets of a stretch of the text in both countings, as the contract has them. */
export type Place = Pick<Span, 'start' | 'end' | 'startUtf16' | 'endUtf16'>;

/** Gives places for stretches [start, end) in UTF-16 units of one text. */
export function placesIn(text: string): (start: number, end: number) => Place {
  const offsets = offsetsOf(text);
  return (start, end) => ({
    start: offsets.toCodePoints(start),
    end: offsets.toCodePoints(end),
    startUtf16: start,
    endUtf16: end,
  });
}
