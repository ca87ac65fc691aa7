import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../services/terminology/vector-index.ts';
import type { Terminology } from '../../services/terminology/terminology.ts';
import { termCandidate } from '../../schemas/analysis.ts';
import { nameTokens } from '../../services/terminology/fold.ts';
import { openTerminology } from '../../services/terminology/loaders/open.ts';
import { createTermIndex, termCandidateOf } from '../../services/terminology/term-index.ts';
import { layPhrases } from './lay-phrases.ts';

const logger = pino({ level: 'silent' });
const config = { confidence: 0.5, candidates: 5 };
let cacheDir = '';
let terminology: Terminology;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'vigil-terms-'));
  terminology = await openTerminology();
});
afterAll(() => rm(cacheDir, { recursive: true }));

/** A bag of words hashed to 128 dimensions: enough of a model to test the machinery around one. */
const vectorOf = (text: string): Float32Array => {
  const vector = new Float32Array(128);
  for (const token of nameTokens(text)) {
    const hash = createHash('sha256').update(token).digest();
    for (let i = 0; i < 8; i++) vector[(hash[i] ?? 0) % 128] = (hash[i + 8] ?? 0) > 127 ? 1 : -1;
  }
  return vector;
};
const countingEmbedder = (sha256: string): Embedder & { asked(): number } => {
  let asked = 0;
  return {
    sha256,
    asked: () => asked,
    embed: (names) => {
      asked += names.length;
      return Promise.resolve(names.map(vectorOf));
    },
  };
};

describe('retrieval by words', () => {
  it('finds what lay phrases mean', async () => {
    const index = await createTermIndex(terminology, config, { cacheDir, logger });
    const known = new Set(terminology.names().map(({ name }) => name.toLowerCase()));
    const missed: string[] = [];
    let first = 0;
    for (const [phrase, term] of layPhrases) {
      expect(known.has(phrase), phrase).toBe(false);
      const found = index.normalise([{ text: phrase }])[0]?.terms.map((candidate) => candidate.term) ?? [];
      if (found[0] === term) first++;
      if (!found.includes(term)) missed.push(phrase);
    }
    expect(first / layPhrases.length).toBeGreaterThanOrEqual(0.85);
    expect(missed.length / layPhrases.length, missed.join('; ')).toBeLessThanOrEqual(0.06);
  });

  it('finds every name at the first place or beside a concept of the same words', async () => {
    const index = await createTermIndex(terminology, config, { cacheDir, logger });
    const names = terminology.names();
    const matches = index.normalise(names.map(({ name }) => ({ text: name })));
    const wrong = names.filter(({ concept }, i) => {
      const ids = matches[i]?.terms.slice(0, 2).map(({ id }) => id) ?? [];
      return !ids.includes(terminology.concepts[concept]?.id ?? '');
    });
    expect(wrong).toEqual([]);
  });

  it.each(['', '   ', '!!!', '\uD800', '\u{1F4A9}\u{1F4A9}', 'x'.repeat(10_000), 'zzqqxx'])(
    'answers a mention that names nothing with no confidence (%#)',
    async (text) => {
      const index = await createTermIndex(terminology, config, { cacheDir, logger });
      expect(index.normalise([{ text }])[0]?.level).toBe('none');
    },
  );

  it('gives a term, its class or nothing, by confidence', async () => {
    const strict = { confidence: 0.97, candidates: 3 };
    const index = await createTermIndex(terminology, strict, { cacheDir, logger });
    const [match] = index.normalise([{ text: 'itchy rash on both my arms' }]);
    expect(index.settings).toEqual(strict);
    expect(match?.level).toBe('class');
    expect(match?.terms[0]?.className).toBe('Skin');
    expect(match?.terms.length).toBeLessThanOrEqual(3);
    const usual = await createTermIndex(terminology, config, { cacheDir, logger });
    expect(usual.normalise([{ text: 'hives' }])[0]?.level).toBe('term');
  });

  it('gives candidates that fit an analysis', async () => {
    const index = await createTermIndex(terminology, config, { cacheDir, logger });
    for (const [phrase] of layPhrases) {
      for (const candidate of index.normalise([{ text: phrase }])[0]?.terms ?? []) {
        expect(termCandidate.safeParse(termCandidateOf(candidate)).success).toBe(true);
      }
    }
  });
});

describe('retrieval by vectors', () => {
  it('joins both searches by reciprocal rank', async () => {
    const embedder = countingEmbedder('model-1');
    const index = await createTermIndex(terminology, config, { embedder, cacheDir, logger });
    expect(index.hasVectors).toBe(true);
    // The words point nowhere, the vector to one name.
    const [match] = index.normalise([{ text: 'glorp', vector: vectorOf('pins and needles') }]);
    expect(match?.terms[0]).toMatchObject({ term: 'Tingling', vectorRank: 1 });
    expect(match?.terms[0]).not.toHaveProperty('lexicalRank');
    const [both] = index.normalise([{ text: 'head pounding', vector: vectorOf('pounding head') }]);
    expect(both?.terms[0]).toMatchObject({ term: 'Headache', vectorRank: 1, lexicalRank: 1 });
  });

  it('keeps a mention that is a name at the first place, whatever its vector', async () => {
    const embedder = countingEmbedder('model-1');
    const index = await createTermIndex(terminology, config, { embedder, cacheDir, logger });
    const [match] = index.normalise([{ text: 'hair loss', vector: vectorOf('weight gain') }]);
    expect(match?.terms[0]?.term).toBe('Hair loss');
  });

  it('gives the same answer for the same mention and vector, whatever came between', async () => {
    const embedder = countingEmbedder('model-1');
    const index = await createTermIndex(terminology, config, { embedder, cacheDir, logger });
    const mention = { text: 'zapped', vector: vectorOf('brain zaps') };
    const before = index.normalise([mention]);
    index.normalise([{ text: 'zapped', vector: vectorOf('no energy') }, { text: 'zapped' }]);
    expect(index.normalise([mention])).toEqual(before);
  });

  it('refuses a vector of another length', async () => {
    const embedder = countingEmbedder('model-1');
    const index = await createTermIndex(terminology, config, { embedder, cacheDir, logger });
    expect(() => index.normalise([{ text: 'rash', vector: new Float32Array(64) }])).toThrow(/64 values/);
  });
});

describe('the cache of vectors', () => {
  const probe = { text: 'glorp', vector: vectorOf('metallic taste') };

  it('is used again by the same model and names, and by no other', async () => {
    const first = countingEmbedder('model-2');
    const built = await createTermIndex(terminology, config, { embedder: first, cacheDir, logger });
    expect(first.asked()).toBe(terminology.names().length);
    const second = countingEmbedder('model-2');
    const cached = await createTermIndex(terminology, config, { embedder: second, cacheDir, logger });
    expect(second.asked()).toBe(0);
    expect(cached.normalise([probe])).toEqual(built.normalise([probe]));
    const other = countingEmbedder('model-3');
    await createTermIndex(terminology, config, { embedder: other, cacheDir, logger });
    expect(other.asked()).toBe(terminology.names().length);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => Buffer.alloc(0)],
    ['changed in one byte', (bytes: Buffer) => bytes.fill((bytes[5000] ?? 0) ^ 1, 5000, 5001)],
  ])('is built again when its file is %s', async (_, spoil) => {
    const folder = await mkdtemp(join(cacheDir, 'spoilt-'));
    const deps = { cacheDir: folder, logger };
    const built = await createTermIndex(terminology, config, { ...deps, embedder: countingEmbedder('m') });
    const [name] = await readdir(folder);
    const path = join(folder, name ?? '');
    await writeFile(path, spoil(await readFile(path)));
    const embedder = countingEmbedder('m');
    const again = await createTermIndex(terminology, config, { ...deps, embedder });
    expect(embedder.asked()).toBe(terminology.names().length);
    expect(again.normalise([probe])).toEqual(built.normalise([probe]));
  });

  it('does without when the folder cannot be written', async () => {
    const path = join(cacheDir, 'a-file');
    await writeFile(path, '');
    const embedder = countingEmbedder('model-4');
    const index = await createTermIndex(terminology, config, { embedder, cacheDir: path, logger });
    expect(index.normalise([probe])[0]?.terms[0]?.term).toBe('Altered taste');
  });

  it('refuses an embedder that answers with too few vectors', async () => {
    const embedder = { sha256: 'short', embed: () => Promise.resolve([new Float32Array(128)]) };
    await expect(createTermIndex(terminology, config, { embedder, cacheDir, logger })).rejects.toThrow(
      /asked for 512, got 1/,
    );
  });
});
