import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analysis as contract, type Analysis } from '../../schemas/analysis.ts';
import { taskList } from '../../schemas/tasks.ts';
import { readGoldens } from '../../services/infer/models/goldens.ts';
import type { Model } from '../../services/infer/models/model.ts';
import { VigilError } from '../../services/shared/errors.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const postsOf = (texts: readonly string[]) =>
  texts.map((text, i) => ({ id: `file:${i}`, revision: 0, text }));
const sentences = taskList.tasks.filter(({ kind }) => kind === 'sentence').map(({ id }) => id);

/** What must hold of every analysis whatever the text. */
function checkAnalysis(text: string, found: Analysis): void {
  const read = contract.read(JSON.parse(JSON.stringify(found)));
  expect(read.ok ? '' : read.problem).toBe('');
  const points = Array.from(text);
  let before = 0;
  for (const span of found.spans) {
    expect(span.endUtf16).toBeGreaterThan(span.startUtf16);
    expect(span.startUtf16).toBeGreaterThanOrEqual(before);
    before = span.startUtf16;
    expect(text.slice(span.startUtf16, span.endUtf16)).toBe(span.text);
    expect(points.slice(span.start, span.end).join('')).toBe(span.text);
    expect(['effect', 'drug']).toContain(span.label);
  }
  for (const product of found.products) {
    expect(points.slice(product.start, product.end).join('')).toBe(
      text.slice(product.startUtf16, product.endUtf16),
    );
  }
}

const effects = [
  'this new tablet makes me so dizzy i had to sit down twice',
  'Day 3 on sertraline and I cannot sleep at all.',
  'sertraline 😵‍💫 no sleep again 😭😭',
  'gained 8 kilos since quetiapine, nothing fits',
  'metformin made my stomach hurt, doctor switched me',
];

describe('engine', () => {
  test('answers every task of every post, in the order of the posts', async () => {
    const texts = Array.from({ length: 120 }, (_, i) => `${effects[i % 5]} ${'again '.repeat((i * 7) % 60)}`);
    const found = await world.engine.analyse(postsOf(texts), { gate: false });
    expect(found.map(({ postId }) => postId)).toEqual(texts.map((_, i) => `file:${i}`));
    found.forEach((one, i) => {
      checkAnalysis(texts[i] ?? '', one);
      expect(Object.keys(one.tasks)).toEqual(sentences);
      expect(one.gate.verdict).toBe('off');
      expect(one.milliseconds).toBeGreaterThan(0);
    });
    const spans = found.flatMap((one) => one.spans);
    expect(
      spans.some(({ label, level, terms }) => label === 'effect' && level === 'term' && terms.length > 0),
    ).toBe(true);
    expect(found[1]?.products).toMatchObject([{ name: 'sertraline', kind: 'drug', start: 9, end: 19 }]);
  });

  test('the gate passes names of products, refuses chatter, and refused posts carry no answers', async () => {
    const [named, chatter] = await world
      .engineWith({ sample: 0 })
      .analyse(postsOf(['my sertraline is on the table', 'what a goal in the last minute']));
    expect(named?.gate.verdict).toBe('passed');
    expect(chatter).toMatchObject({ gate: { verdict: 'refused' }, tasks: {}, spans: [], products: [] });
    const [sampled] = await world
      .engineWith({ sample: 1 })
      .analyse(postsOf(['what a goal in the last minute']));
    expect(sampled?.gate.verdict).toBe('sampled');
    expect(Object.keys(sampled?.tasks ?? {})).toEqual(sentences);
  });

  test('of very many mentions every product is kept, and not all its repetitions', () => {
    const text = `${'sertraline again '.repeat(5000)}and metformin at the end`;
    const { products } = world.engine.screen({ id: 'file:1', revision: 0, text });
    expect(products).toHaveLength(200);
    expect(products[0]).toMatchObject({ name: 'sertraline', start: 0 });
    expect(products.at(-1)).toMatchObject({ name: 'metformin' });
    expect(products.map(({ start }) => start)).toEqual(
      products.map(({ start }) => start).toSorted((a, b) => a - b),
    );
  });

  test('what decides between a term and its class is named by the versions', () => {
    const versions = [{}, { confidence: 0.9 }, {}].map((options) => world.engineWith(options).versions);
    expect(versions[1]?.thresholds).not.toBe(versions[0]?.thresholds);
    expect(versions[2]).toEqual(versions[0]);
  });

  test('a subset of the tasks leaves the others out', async () => {
    const [one] = await world.engine.analyse(postsOf([effects[0] ?? '']), {
      gate: false,
      tasks: ['symptom', 'spans'],
    });
    expect(Object.keys(one?.tasks ?? {})).toEqual(['symptom']);
    const [two] = await world.engine.analyse(postsOf([effects[0] ?? '']), {
      gate: false,
      tasks: ['symptom'],
    });
    expect(two?.spans).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['blank', ' \r\n\t '],
    ['emoji only', '😵‍💫🤢🦵🏿'.repeat(40)],
    ['lone surrogates', '\ud83d dizzy \ude35\ude35 from sertraline \ud83d'],
    ['control characters', '\u0000\u0001 rash\u0007 from \u200b\u200bpenicillin\u0000'],
    ['one endless word', 'a'.repeat(100_000)],
    ['special tokens', '[CLS] [SEP] [PAD] rash [MASK] [UNK]'],
    ['a text of 1 MB', 'so dizzy from sertraline 😭 '.repeat(37_000)],
  ])('hostile: %s', async (_, text) => {
    const [found] = await world.engine.analyse(postsOf([text]), { gate: false });
    if (!found) throw new Error('no analysis');
    checkAnalysis(text, found);
    expect(found.truncated).toBe(text.length > 900_000);
  });

  test('any text has an analysis that keeps the contract', async () => {
    const parts = fc.constantFrom(
      ...effects,
      '😭',
      '\ud83d',
      '\r\n',
      'e\u0301',
      '日本',
      '#',
      '@user',
      ' ',
      'rash',
      '"',
    );
    const texts = fc.array(parts, { maxLength: 12 }).map((some) => some.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 8 }), async (some) => {
        const found = await world.engine.analyse(postsOf(some), { gate: false });
        found.forEach((one, i) => checkAnalysis(some[i] ?? '', one));
      }),
      { numRuns: 25 },
    );
  });

  test('a long text is read in windows: what is said at its end is found', async () => {
    const filler = 'we walked to the shop and bought some bread and milk. '.repeat(30);
    const said = 'sertraline gave me terrible nausea and a rash.';
    const [long] = await world.engine.analyse(postsOf([filler + said]), { gate: false });
    const [alone] = await world.engine.analyse(postsOf([filler]), { gate: false });
    const probability = (one: Analysis | undefined) => one?.tasks['adverse_effect']?.probability ?? NaN;
    expect(probability(long)).toBeGreaterThan(probability(alone) + 0.2);
    expect(long?.spans.some(({ start, label }) => label === 'effect' && start >= filler.length)).toBe(true);
    expect(long?.truncated).toBe(false);
    // Windows overlap: a span that two of them see is one span.
    for (const [i, span] of (long?.spans ?? []).entries()) {
      const next = long?.spans[i + 1];
      if (next?.label === span.label) expect(next.start).toBeGreaterThanOrEqual(span.end);
    }
  });

  test('whatever stands beside a post in a batch, its analysis is the same', async () => {
    const goldens = readGoldens(world.serving.bundle.goldens);
    const together = await world.engine.analyse(postsOf(goldens.map(({ text }) => text)), { gate: false });
    for (const [i, { text }] of goldens.entries()) {
      const [alone] = await world.engine.analyse(postsOf([text]), { gate: false });
      for (const task of sentences) {
        const answers = [alone, together[i]].map((one) => one?.tasks[task]);
        expect(answers[0]?.label).toBe(answers[1]?.label);
        answers[0]?.probabilities.forEach((value, label) => {
          expect(Math.abs(value - (answers[1]?.probabilities[label] ?? NaN))).toBeLessThan(1e-4);
        });
      }
      const places = [alone, together[i]].map((one) =>
        one?.spans.map(({ label, start, end }) => ({ label, start, end })),
      );
      expect(places[0]).toEqual(places[1]);
    }
  });

  test('the same batch gives the same analyses to the last digit', async () => {
    const posts = postsOf(effects);
    const strip = (found: Analysis[]) => found.map(({ analysedAt: _at, milliseconds: _ms, ...rest }) => rest);
    const first = strip(await world.engine.analyse(posts, { gate: false }));
    expect(strip(await world.engine.analyse(posts, { gate: false }))).toEqual(first);
  });
});

describe('a post on which the model fails', () => {
  /** The two tokens of "zebra zebra". */
  const marker = [29145, 29145];
  /** Fails on every batch that holds the marked post's tokens, as a network does that meets its limit. */
  const failing =
    (always = false) =>
    (model: Model): Model => ({
      ...model,
      run: (batch) => {
        const ids = [...batch.ids];
        const bad = always || ids.some((id, i) => id === marker[0] && ids[i + 1] === marker[1]);
        return bad ? Promise.reject(new VigilError('MODEL_RUN', 'fault')) : model.run(batch);
      },
    });

  test('fails alone, and its batch is answered', async () => {
    const engine = world.engineWith({ wrap: failing() });
    const texts = Array.from({ length: 37 }, (_, i) =>
      i === 17 ? 'zebra zebra now' : `zebra number ${i} is ill`,
    );
    const answers = texts.map((text, i) => {
      const post = { id: `file:${i}`, revision: 0, text };
      return engine.answer(post, engine.screen(post, { gate: false }));
    });
    engine.flush();
    const settled = await Promise.allSettled(answers);
    const failed = settled.flatMap((one, i) => (one.status === 'rejected' ? [i] : []));
    expect(failed).toEqual([17]);
    expect((settled[17] as PromiseRejectedResult).reason).toMatchObject({ code: 'MODEL_POISON' });
  });

  test('is no poison when the model fails on everything', async () => {
    const engine = world.engineWith({ wrap: failing(true) });
    await expect(engine.analyse(postsOf(effects), { gate: false })).rejects.toMatchObject({
      code: 'MODEL_RUN',
    });
  });
});
