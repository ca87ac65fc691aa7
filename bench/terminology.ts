import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../services/shared/logger.ts';
import { openTerminology } from '../services/terminology/loaders/open.ts';
import type { Terminology } from '../services/terminology/terminology.ts';
import { createTerminology } from '../services/terminology/terminology.ts';
import { createTermIndex } from '../services/terminology/term-index.ts';
import { writeResult } from './shared/result.ts';

/**
 * Time to build the index and to look a mention up, in the open vocabulary and in a made-up list of the size of
 * MedDRA (80,000 names under 25,000 terms), the look-ups in processor time. Vectors are random: their search takes the same time whatever they are.
 */
const size = { names: 80_000, concepts: 25_000, dimensions: 128 };
const logger = createLogger({ level: 'error', format: 'json' });

/** Pseudo-random numbers in [0, 1), the same at every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomOf(1);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() ** 2 * items.length)] as T;

/** Names of two to five words, the words as uneven in their frequency as real ones. */
function madeUp(): Terminology {
  const syllables = 'car di o neu ral gas tro der ma os te pul mo he pat re nal ab do cu ta vas'.split(' ');
  const words = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join(''),
  );
  const name = (): string =>
    Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(words)).join(' ');
  const each = Math.round(size.names / size.concepts) - 1;
  const concepts = Array.from({ length: size.concepts }, (_, n) => ({
    id: `M${n}`,
    term: name(),
    classId: `C${n % 27}`,
    className: `Class ${n % 27}`,
    groups: [],
    synonyms: Array.from({ length: n % 5 === 0 ? each + 1 : each }, name),
  }));
  return createTerminology({ name: 'made up', licence: 'none', concepts });
}

const vectors = (count: number): Float32Array[] =>
  Array.from({ length: count }, () => Float32Array.from({ length: size.dimensions }, () => random() - 0.5));
const embedder = { sha256: 'random', embed: (names: string[]) => Promise.resolve(vectors(names.length)) };
/** A letter of the name changed, so that the search has to forgive spelling as well. */
const misspelt = (name: string): string => {
  const at = Math.floor(name.length / 3);
  return `${name.slice(0, at)}x${name.slice(at + 1)}`;
};

const cacheDir = await mkdtemp(join(tmpdir(), 'bench-terms-'));
process.stdout.write(
  '| list | names | build ms | with cached vectors | words only, µs | misspelt, µs | words and vectors, µs | seen before, µs |\n',
);
process.stdout.write('|---|---|---|---|---|---|---|---|\n');
const rows: unknown[] = [];
for (const terminology of [await openTerminology(), madeUp()]) {
  const config = { confidence: 0.5, candidates: 5 };
  let start = performance.now();
  const words = await createTermIndex(terminology, config, { cacheDir, logger });
  const build = performance.now() - start;
  await createTermIndex(terminology, config, { cacheDir, logger, embedder });
  start = performance.now();
  const both = await createTermIndex(terminology, config, { cacheDir, logger, embedder });
  const cached = performance.now() - start;

  const names = terminology.names();
  const asked = Array.from({ length: 2000 }, (_, n) => names[(n * 7919) % names.length]?.name ?? '');
  const some = vectors(asked.length);
  const micros = (work: () => void): number => {
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    return Math.round((user + system) / asked.length);
  };
  const plain = micros(() => void words.normalise(asked.map((text) => ({ text }))));
  const wrong = micros(() => void words.normalise(asked.map((text) => ({ text: misspelt(text) }))));
  const fused = micros(() => void both.normalise(asked.map((text, n) => ({ text, vector: some[n] }))));
  const again = micros(() => void words.normalise(asked.map((text) => ({ text }))));
  rows.push({
    list: terminology.name,
    names: names.length,
    buildMs: Math.round(build),
    withCachedVectorsMs: Math.round(cached),
    cpuMicros: { words: plain, misspelt: wrong, wordsAndVectors: fused, seenBefore: again },
  });
  process.stdout.write(
    `| ${terminology.name} | ${names.length} | ${build.toFixed(0)} | ${cached.toFixed(0)} | ${plain} | ${wrong} | ${fused} | ${again} |\n`,
  );
}
await rm(cacheDir, { recursive: true });
writeResult('terminology', rows);
