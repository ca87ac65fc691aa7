import { z } from 'zod';
import { VigilError } from '../../shared/errors.ts';
import { padded } from '../batch.ts';
import { blank } from '../blank.ts';
import { createDecoder, placesIn } from '../decode.ts';
import { windowsOf } from '../window.ts';
import type { Bundle } from './bundle.ts';
import type { Model } from './model.ts';

const probabilities = z.record(z.string(), z.array(z.number()));
const spans = z.array(
  z.object({
    label: z.string(),
    start: z.int(),
    end: z.int(),
    score: z.number(),
    marks: z.array(z.string()).default([]),
  }),
);

/** One line of `golden.jsonl`; offsets are code points, labels of spans those that the marks have made. The int8 parts hold for quantised weights. */
const goldenSchema = z.object({
  text: z.string(),
  ids: z.array(z.int()),
  probabilities,
  probabilitiesInt8: probabilities,
  spans,
  spansInt8: spans,
  gate: z.object({ score: z.number(), features: z.int() }),
});
export type Golden = z.infer<typeof goldenSchema>;

/** What the proof of a bundle came to. */
export type Proof = {
  readonly goldens: number;
  /** Largest distance of a probability, and of a span's score, from its golden. */
  readonly largestDifference: number;
};

const gateTolerance = 1e-3;

/** @throws VigilError MODEL_GOLDENS when a line cannot be read. */
export function readGoldens(text: string): Golden[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const goldens = lines.map((line, i) => {
    try {
      return goldenSchema.parse(JSON.parse(line));
    } catch (error) {
      throw new VigilError('MODEL_GOLDENS', `line ${i + 1} of the goldens cannot be read; export the bundle again`, {
        cause: error,
      });
    }
  });
  if (goldens.length === 0) {
    throw new VigilError('MODEL_GOLDENS', 'the bundle has no goldens, so nothing proves it; export it again');
  }
  return goldens;
}

/**
 * Runs the golden texts, each alone, through gate, tokeniser, network and decoding, and compares.
 * @throws VigilError MODEL_GOLDENS that says which golden differs in what.
 */
export async function prove(bundle: Bundle, model: Model): Promise<Proof> {
  const { manifest, tokeniser, gate, weights } = bundle;
  const { tolerance } = manifest.golden;
  const decode = createDecoder(bundle.tasks);
  const goldens = readGoldens(bundle.goldens);
  let largestDifference = 0;
  for (const [i, golden] of goldens.entries()) {
    const fail = (what: string): never => {
      throw new VigilError(
        'MODEL_GOLDENS',
        `the model bundle ${bundle.model} does not answer golden ${i + 1} as it should: ${what}. Fetch the bundle again; if it is whole, this machine or version computes differently: try infer.device cpu`,
      );
    };
    const { text } = golden;
    const scored = gate.score(text);
    if (scored.features !== golden.gate.features || Math.abs(scored.score - golden.gate.score) > gateTolerance) {
      fail(`the gate gives ${scored.score.toFixed(4)} for ${scored.features} features`);
    }
    const encoding = tokeniser.encode(blank(text), manifest.maxTokens - 2);
    const [window] = windowsOf(encoding, tokeniser, manifest.maxTokens);
    if (!window) continue;
    if (window.ids.join(' ') !== golden.ids.join(' ')) fail('other token ids');
    const { outputs } = await model.run(padded([window.ids], window.ids.length, tokeniser.padding));
    const found = decode(encoding, [window], [{ outputs, row: 0, width: window.ids.length }]);
    const expected = weights.precision === 'int8' ? golden.probabilitiesInt8 : golden.probabilities;
    for (const [task, values] of Object.entries(expected)) {
      values.forEach((value, label) => {
        const own = found.tasks[task]?.probabilities[label] ?? NaN;
        const difference = Math.abs(own - value);
        if (!(difference <= tolerance)) fail(`${task} is ${own.toFixed(4)} instead of ${value.toFixed(4)}`);
        largestDifference = Math.max(largestDifference, difference);
      });
    }
    const place = placesIn(text);
    const own = found.spans.map(({ start, end, label, score, marks = [] }) => ({ ...place(start, end), label, score, marks }));
    const others = weights.precision === 'int8' ? golden.spansInt8 : golden.spans;
    if (own.length !== others.length) fail(`${own.length} spans instead of ${others.length}`);
    others.forEach((span, at) => {
      const mine = own[at];
      const same = mine?.label === span.label && mine.start === span.start && mine.end === span.end;
      const difference = Math.abs((mine?.score ?? NaN) - span.score);
      if (!same || !(difference <= tolerance)) fail(`span ${at + 1} differs`);
      const [marks, expectedMarks] = [mine?.marks ?? [], span.marks].map((all) => all.join(', ') || 'nothing');
      if (marks !== expectedMarks) fail(`span ${at + 1} is marked ${marks} instead of ${expectedMarks}`);
      largestDifference = Math.max(largestDifference, difference);
    });
  }
  return { goldens: goldens.length, largestDifference };
}
