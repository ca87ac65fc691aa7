import type { Logger } from '../shared/logger.ts';
import type { Scored } from './lexical-index.ts';
import type { QuantisedRows } from './vector-cache.ts';
import type { TermName } from './terminology.ts';
import { errorCode, VigilError } from '../shared/errors.ts';
import { createDotProducts } from './dot-products.ts';
import { readVectors, vectorKey, writeVectors } from './vector-cache.ts';

/** Makes the vectors of names; one `Float32Array` a name, all of one length, in the order of the names. */
export type Embedder = {
  /** Checksum of the model: another model makes other vectors. */
  readonly sha256: string;
  embed(names: string[]): Promise<Float32Array[]>;
};

export type VectorIndex = {
  readonly dimensions: number;
  /** Concepts by the cosine of their nearest name, best first. */
  search(query: Float32Array, limit: number): Scored[];
};

const batch = 512;

/** Scales a vector to length 1 and to int8; returns the scale of the row. */
function quantise(vector: Float32Array, into: Int8Array): number {
  let square = 0;
  let largest = 0;
  for (const value of vector) {
    square += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  if (!(largest > 0) || !Number.isFinite(square)) {
    into.fill(0);
    return 0;
  }
  for (let i = 0; i < into.length; i++) into[i] = Math.round(((vector[i] ?? 0) / largest) * 127);
  return largest / 127 / Math.sqrt(square);
}

async function embedAll(names: string[], embedder: Embedder): Promise<QuantisedRows> {
  const wrong = (what: string) =>
    new VigilError('terminology.vectors', `the vectors of the term names: ${what}`);
  let rows = new Int8Array(0);
  let dimensions = 0;
  const scales = new Float32Array(names.length);
  for (let at = 0; at < names.length; at += batch) {
    const some = names.slice(at, at + batch);
    const vectors = await embedder.embed(some);
    if (vectors.length !== some.length) throw wrong(`asked for ${some.length}, got ${vectors.length}`);
    dimensions ||= vectors[0]?.length ?? 0;
    if (at === 0) rows = new Int8Array(names.length * dimensions);
    vectors.forEach((vector, i) => {
      if (vector.length !== dimensions) throw wrong(`one has ${vector.length} values, others ${dimensions}`);
      const start = (at + i) * dimensions;
      scales[at + i] = quantise(vector, rows.subarray(start, start + dimensions));
    });
  }
  return { count: names.length, dimensions, rows, scales };
}

export type VectorIndexDeps = {
  readonly embedder: Embedder;
  readonly cacheDir: string;
  /** Folder of vectors that came with the model, for the vocabulary that ships. */
  readonly shippedDir?: string | undefined;
  readonly logger: Logger;
};

/**
 * Vectors of all names, as they ship or from the cache when either holds them whole, else made and cached;
 * searched exactly. A cache that cannot be written costs time at the next start and is logged, nothing more.
 */
export async function createVectorIndex(
  names: readonly TermName[],
  { embedder, cacheDir, shippedDir, logger }: VectorIndexDeps,
): Promise<VectorIndex> {
  const labels = names.map(({ name }) => name);
  const key = vectorKey(labels, embedder.sha256);
  const known = async (folder: string) => readVectors(folder, key, labels.length);
  let vectors = (shippedDir === undefined ? undefined : await known(shippedDir)) ?? (await known(cacheDir));
  if (!vectors) {
    logger.info({ names: labels.length }, 'building the vectors of the term names');
    vectors = await embedAll(labels, embedder);
    try {
      await writeVectors(cacheDir, key, vectors);
    } catch (error) {
      logger.warn({ code: errorCode(error) }, 'the vectors of the term names could not be cached');
    }
  }
  const { count, dimensions, scales } = vectors;
  const store = createDotProducts(count, dimensions);
  store.rows.set(vectors.rows);
  const concepts = names.reduce((most, { concept }) => Math.max(most, concept + 1), 0);
  const conceptOf = Uint32Array.from(names, ({ concept }) => concept);
  const best = new Float32Array(concepts);
  const small = new Int8Array(dimensions);
  return {
    dimensions,
    search(query, limit) {
      if (query.length !== dimensions) {
        throw new VigilError(
          'terminology.vectors',
          `a mention's vector has ${query.length} values, the term names have ${dimensions}`,
        );
      }
      const scale = quantise(query, small);
      if (scale === 0) return [];
      const products = store.products(small);
      best.fill(-1);
      for (let row = 0; row < count; row++) {
        const cosine = (products[row] ?? 0) * (scales[row] ?? 0) * scale;
        const concept = conceptOf[row] ?? 0;
        if (cosine > (best[concept] ?? 0)) best[concept] = cosine;
      }
      return nearest(best, limit);
    },
  };
}

/** The `limit` largest positive values with their places, kept in one ordered list while passing. */
function nearest(values: Float32Array, limit: number): Scored[] {
  const kept: { concept: number; score: number }[] = [];
  let floor = 0;
  for (let concept = 0; concept < values.length; concept++) {
    const score = values[concept] ?? 0;
    if (score <= floor) continue;
    let at = kept.length;
    while (at > 0 && (kept[at - 1]?.score ?? 0) < score) at--;
    kept.splice(at, 0, { concept, score: Math.min(1, score) });
    if (kept.length > limit) kept.pop();
    if (kept.length === limit) floor = kept[limit - 1]?.score ?? 0;
  }
  return kept;
}
