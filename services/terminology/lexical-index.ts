import type { TermName } from './terminology.ts';
import { nameTokens } from './fold.ts';
import { createLru } from './lru.ts';
import { createSpeller } from './spelling.ts';

export type Scored = { readonly concept: number; readonly score: number };

export type LexicalIndex = {
  /** Concepts whose names share words with the mention, best first; scores are cosines in (0, 1]. */
  search(mention: string, limit: number): Scored[];
};

/** Two neighbouring words written as one also count, less: "light headed" and "lightheaded". */
const joinedWeight = 0.5;

type Feature = { readonly token: string; readonly weight: number };

function featuresOf(text: string): Feature[] {
  const tokens = nameTokens(text).slice(0, 24);
  const features: Feature[] = tokens.map((token) => ({ token, weight: 1 }));
  for (let i = 1; i < tokens.length; i++) {
    features.push({ token: `${tokens[i - 1]}${tokens[i]}`, weight: joinedWeight });
  }
  return features;
}

/** The lists of names by feature, as three flat arrays: list `f` runs from `starts[f]` to `starts[f + 1]`. */
type Postings = { starts: Uint32Array; names: Uint32Array; weights: Float32Array };

function buildPostings(lists: readonly { name: number; weight: number }[][]): Postings {
  const starts = new Uint32Array(lists.length + 1);
  lists.forEach((list, f) => (starts[f + 1] = (starts[f] ?? 0) + list.length));
  const total = starts[lists.length] ?? 0;
  const names = new Uint32Array(total);
  const weights = new Float32Array(total);
  let at = 0;
  for (const list of lists) {
    for (const entry of list) {
      names[at] = entry.name;
      weights[at++] = entry.weight;
    }
  }
  return { starts, names, weights };
}

/**
 * Retrieval over all names by weighted shared words (TF-IDF cosine, document frequencies counted over concepts),
 * with forgiveness of spelling for words that no name contains. Memory is about 100 bytes a name.
 */
export function createLexicalIndex(names: readonly TermName[], concepts: number): LexicalIndex {
  const ids = new Map<string, number>();
  const conceptsOf: Set<number>[] = [];
  const features = names.map(({ name, concept }) =>
    featuresOf(name).map(({ token, weight }) => {
      let id = ids.get(token);
      if (id === undefined) {
        id = ids.size;
        ids.set(token, id);
        conceptsOf.push(new Set());
      }
      conceptsOf[id]?.add(concept);
      return { id, weight };
    }),
  );
  const rarest = Math.log(1 + concepts);
  const idf = Float32Array.from(conceptsOf, (set) => Math.log(1 + concepts / set.size));
  const lists: { name: number; weight: number }[][] = conceptsOf.map(() => []);
  features.forEach((list, name) => {
    const weights = new Map<number, number>();
    for (const { id, weight } of list) {
      weights.set(id, Math.max(weights.get(id) ?? 0, weight * (idf[id] ?? 0)));
    }
    const norm = Math.hypot(...weights.values()) || 1;
    for (const [id, weight] of weights) lists[id]?.push({ name, weight: weight / norm });
  });
  const postings = buildPostings(lists);
  const conceptOf = Uint32Array.from(names, ({ concept }) => concept);

  const spoken = new Set<number>();
  for (const list of features) for (const { id, weight } of list) if (weight === 1) spoken.add(id);
  const tokens = [...ids.keys()];
  const spokenIds = [...spoken];
  const speller = createSpeller(spokenIds.map((id) => tokens[id] ?? ''));
  const corrections = createLru<string, ReturnType<typeof speller.near>>(20_000);
  const scores = new Float32Array(names.length);
  const touched = new Uint32Array(names.length);
  const best = new Float32Array(concepts);

  return {
    search(mention, limit) {
      let touchedCount = 0;
      const add = (feature: number, weight: number): void => {
        const end = postings.starts[feature + 1] ?? 0;
        for (let at = postings.starts[feature] ?? 0; at < end; at++) {
          const name = postings.names[at] ?? 0;
          if (scores[name] === 0) touched[touchedCount++] = name;
          scores[name] = (scores[name] ?? 0) + weight * (postings.weights[at] ?? 0);
        }
      };
      let norm = 0;
      const query = new Map<string, number>();
      for (const { token, weight } of featuresOf(mention)) {
        query.set(token, Math.max(query.get(token) ?? 0, weight));
      }
      for (const [token, weight] of query) {
        const id = ids.get(token);
        if (id !== undefined) {
          const own = weight * (idf[id] ?? 0);
          norm += own * own;
          add(id, own);
        } else if (weight === 1) {
          const near = corrections.get(token, () => speller.near(token));
          const own = near[0] ? (idf[spokenIds[near[0].at] ?? 0] ?? 0) : rarest / 2;
          norm += own * own;
          for (const { at, similarity } of near) {
            const other = spokenIds[at] ?? 0;
            add(other, (idf[other] ?? 0) * similarity);
          }
        }
      }
      const found: number[] = [];
      const scale = 1 / (Math.sqrt(norm) || 1);
      for (let i = 0; i < touchedCount; i++) {
        const name = touched[i] ?? 0;
        const concept = conceptOf[name] ?? 0;
        const score = (scores[name] ?? 0) * scale;
        scores[name] = 0;
        if (best[concept] === 0) found.push(concept);
        if (score > (best[concept] ?? 0)) best[concept] = score;
      }
      return takeBest(found, best, limit);
    },
  };
}

/** The `limit` concepts with the highest scores, ties by position; sets their scores back to 0. */
function takeBest(found: number[], best: Float32Array, limit: number): Scored[] {
  let floor = 0;
  if (found.length > 4 * limit) {
    const sorted = Float32Array.from(found, (concept) => best[concept] ?? 0).sort();
    floor = sorted[sorted.length - limit] ?? 0;
  }
  const kept: Scored[] = [];
  for (const concept of found) {
    const score = best[concept] ?? 0;
    best[concept] = 0;
    if (score >= floor) kept.push({ concept, score: Math.min(1, score) });
  }
  return kept.sort((a, b) => b.score - a.score || a.concept - b.concept).slice(0, limit);
}
