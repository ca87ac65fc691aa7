import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanMarks, spanSchema, type SpanMark } from '../../schemas/analysis.ts';
import { taskList } from '../../schemas/tasks.ts';
import { createDecoder } from '../../services/infer/decode.ts';
import type { ServedTask } from '../../services/infer/models/manifest.ts';
import { normaliseSpans } from '../../services/infer/normalise.ts';
import type { RawSpan } from '../../services/infer/tasks/task.ts';
import { mergeSpans } from '../../services/infer/tasks/token.ts';
import type { Encoding, Tokeniser } from '../../services/infer/tokenise.ts';
import { overlap, windowsOf } from '../../services/infer/window.ts';

const markThresholds = { uncertain: 0.6, 'other-person': 0.3 };
const served = taskList.tasks
  .filter(({ id }) => id === 'spans' || id === 'marks')
  .map((task): ServedTask => ({ task, output: `task.${task.id}`, threshold: undefined, markThresholds }));
const labelsOf = (id: string): readonly string[] => {
  const task = taskList.tasks.find((one) => one.id === id);
  return task?.kind === 'token' || task?.kind === 'marks' ? task.labels : [];
};
const tags = labelsOf('spans');
const marks = labelsOf('marks');
const decode = createDecoder(served);
const ends = { first: 101, last: 102 } as Tokeniser;
const noTerms = { normalise: () => [] } as unknown as Parameters<typeof normaliseSpans>[2];

/** A text of one piece for each part; a part that begins with ## goes on with the word before. */
function encodingOf(parts: readonly string[]): { text: string; encoding: Encoding } {
  let text = '';
  const places = parts.map((part) => {
    const goesOn = part.startsWith('##');
    if (!goesOn && text !== '') text += ' ';
    // What the model does not see stands in the text and has no piece.
    const hidden = part.startsWith('#') && !goesOn ? 1 : 0;
    const start = text.length + hidden;
    text += goesOn ? part.slice(2) : part;
    return { start, end: text.length, head: goesOn ? 0 : 1 };
  });
  const encoding = {
    ids: Int32Array.from(parts, () => 5),
    starts: Int32Array.from(places, ({ start }) => start),
    ends: Int32Array.from(places, ({ end }) => end),
    heads: Uint8Array.from(places, ({ head }) => head),
    cut: false,
  };
  return { text, encoding };
}

/** The logits of a mark that has this probability. */
const logit = (p: number): number => Math.log(p / (1 - p));

type Piece = readonly [part: string, tag: string, said?: Partial<Record<SpanMark, number>>];

/** Spans of pieces with their tags and, where they are given, the probabilities of marks; all others are 0.01. */
function spansOf(pieces: readonly Piece[], maxTokens = 128) {
  const { text, encoding } = encodingOf(pieces.map(([part]) => part));
  const windows = windowsOf(encoding, ends, maxTokens);
  const answers = windows.map(({ from, count }) => {
    // A row before and padding behind, which belong to others of the batch and must not be read.
    const width = count + 5;
    const spans = new Float32Array(2 * width * tags.length).fill(50);
    const said = new Float32Array(2 * width * marks.length).fill(50);
    for (let i = 0; i < count; i++) {
      const [, tag, of = {}] = pieces[from + i] ?? ['', 'O'];
      const token = width + 1 + i;
      tags.forEach((label, at) => (spans[token * tags.length + at] = label === tag ? 9 : 0));
      marks.forEach((mark, at) => (said[token * marks.length + at] = logit(of[mark as SpanMark] ?? 0.01)));
    }
    return { outputs: { 'task.spans': spans, 'task.marks': said }, row: 1, width };
  });
  const { spans } = decode(encoding, windows, answers);
  return normaliseSpans(text, spans, noTerms).map((span) => [span.label, span.text, ...(span.marks ?? [])]);
}

describe('marks', () => {
  test.each<[string, readonly Piece[], readonly (readonly string[])[]]>([
    ['nothing is said of the effect', [['dizzy', 'B-effect']], [['effect', 'dizzy']]],
    ['at the threshold', [['dizzy', 'B-effect', { uncertain: 0.6001 }]], [['effect', 'dizzy', 'uncertain']]],
    ['below it', [['dizzy', 'B-effect', { uncertain: 0.5999, 'other-person': 0.2999 }]], [['effect', 'dizzy']]],
    [
      'both, in the order of the labels',
      [['dizzy', 'B-effect', { 'other-person': 0.9, uncertain: 0.9 }]],
      [['effect', 'dizzy', 'uncertain', 'other-person']],
    ],
    ['an effect is never negated', [['dizzy', 'B-effect', { negated: 0.99, indication: 0.99 }]], [['effect', 'dizzy']]],
    ['nothing is said of a drug', [['advil', 'B-drug', { uncertain: 0.99 }]], [['drug', 'advil']]],
    ['a complaint that is denied', [['nausea', 'B-condition', { negated: 0.4, indication: 0.2 }]], [['effect', 'nausea', 'negated']]],
    ['a reason, however unlikely', [['flu', 'B-condition', { negated: 0.01, indication: 0.02 }]], [['effect', 'flu', 'indication']]],
    [
      'a reason of somebody else, never uncertain',
      [['flu', 'B-condition', { indication: 0.9, 'other-person': 0.4, uncertain: 0.99 }]],
      [['effect', 'flu', 'other-person', 'indication']],
    ],
    [
      'the mean over all pieces of the span, the word ends too',
      [
        ['no', 'O', { uncertain: 0.999 }],
        ['head', 'B-effect', { uncertain: 0.9 }],
        ['##aches', 'O', { uncertain: 0.5 }],
        ['today', 'I-effect', { uncertain: 0.5 }],
        ['ok', 'O', { uncertain: 0.999 }],
      ],
      // Mean logit 0.73, p 0.675; the mean of the probabilities would be 0.633.
      [['effect', 'headaches today', 'uncertain']],
    ],
    [
      'each span by itself',
      [
        ['no', 'O'],
        ['nausea', 'B-condition', { negated: 0.9 }],
        ['but', 'O'],
        ['chills', 'B-effect', { uncertain: 0.9 }],
        ['and', 'O'],
        ['fever', 'B-effect'],
      ],
      [
        ['effect', 'nausea', 'negated'],
        ['effect', 'chills', 'uncertain'],
        ['effect', 'fever'],
      ],
    ],
  ])('%s', (_, pieces, expected) => expect(spansOf(pieces)).toEqual(expected)); // prettier-ignore

  test('in a second window too, where pieces are counted from its own beginning', () => {
    const filler = Array.from({ length: 60 }, (): Piece => ['word', 'O', { uncertain: 0.99 }]);
    const last: Piece[] = [
      ['dizzy', 'B-effect'],
      ['sick', 'B-condition', { indication: 0.8 }],
    ];
    expect(spansOf([...filler, ...last], overlap + 18)).toEqual([
      ['effect', 'dizzy'],
      ['effect', 'sick', 'indication'],
    ]);
  });

  test('of two windows the longer span keeps its marks, or its lack of them', () => {
    const span = (start: number, end: number, given?: readonly SpanMark[]): RawSpan => ({
      label: 'effect',
      start,
      end,
      score: 0.9,
      firstPiece: start,
      lastPiece: end,
      ...(given && { marks: given }),
    });
    const kept = (...spans: RawSpan[]) =>
      mergeSpans(spans).map(({ start, end, marks: of }) => [start, end, of]);
    expect(kept(span(0, 3, ['uncertain']), span(2, 9, ['negated']))).toEqual([[0, 9, ['negated']]]);
    expect(kept(span(0, 9, ['uncertain']), span(5, 9, ['negated']))).toEqual([[0, 9, ['uncertain']]]);
    expect(kept(span(0, 3, ['uncertain']), span(2, 9))).toEqual([[0, 9, undefined]]);
  });
});

describe('parts of one effect', () => {
  test.each<[string, readonly Piece[], readonly string[]]>([
    ['side by side', [['muscle', 'B-effect'], ['cramps', 'B-effect']], ['muscle cramps']],
    ['behind the end of a word', [['mus', 'B-effect'], ['##cle', 'O'], ['cramps', 'B-effect'], ['bad', 'I-effect']], ['muscle cramps bad']],
    ['a word between', [['cramps', 'B-effect'], ['and', 'O'], ['chills', 'B-effect']], ['cramps', 'chills']],
    ['a comma between', [['cramps', 'B-effect'], [',', 'O'], ['chills', 'B-effect']], ['cramps', 'chills']],
    ['a hash sign between is a space to the model', [['#leg', 'B-effect'], ['#cramps', 'B-effect']], ['leg #cramps']],
    ['of another kind', [['cramps', 'B-effect'], ['flu', 'B-condition']], ['cramps', 'flu']],
  ])('%s', (_, pieces, expected) => {
    expect(spansOf(pieces).map(([, text]) => text)).toEqual(expected);
  }); // prettier-ignore
});

test('any tensors give spans that keep the contract', () => {
  const number = fc.oneof(
    fc.float({ noDefaultInfinity: true, noNaN: true }),
    fc.constantFrom(0, NaN, Infinity, -Infinity, 1e38, -1e38),
  );
  const parts = fc.array(fc.constantFrom('word', '##end', '#tag', '😵', ',', 'ill'), { maxLength: 60 });
  fc.assert(
    fc.property(
      parts,
      fc.array(number, { minLength: 1, maxLength: 40 }),
      fc.nat(9),
      (some, values, shift) => {
        const { text, encoding } = encodingOf(some);
        const windows = windowsOf(encoding, ends, overlap + 10);
        const tensor = (count: number, of: number) =>
          Float32Array.from(
            { length: (count + 2) * of },
            (_, i) => values[(i * 7 + shift) % values.length] ?? 0,
          );
        const answers = windows.map(({ count }) => ({
          outputs: { 'task.spans': tensor(count, tags.length), 'task.marks': tensor(count, marks.length) },
          row: 0,
          width: count + 2,
        }));
        for (const span of normaliseSpans(text, decode(encoding, windows, answers).spans, noTerms)) {
          expect(spanSchema.safeParse(span).error).toBeUndefined();
          expect(['effect', 'drug']).toContain(span.label);
          const said = span.marks ?? [];
          expect(said.every((mark) => spanMarks.includes(mark)) && new Set(said).size === said.length).toBe(
            true,
          );
          expect(said.includes('negated') && said.includes('indication')).toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
});
