import { editDistance } from '../shared/edit-distance.ts';

export type Speller = {
  /** Places of known words that the unknown one may stand for, nearest first, similarity below 1; at most three. */
  near(word: string): readonly { readonly at: number; readonly similarity: number }[];
};

const trigramsOf = (word: string): string[] => {
  const padded = `^${word}$`;
  const grams = new Set<string>();
  for (let i = 0; i + 3 <= padded.length; i++) grams.add(padded.slice(i, i + 3));
  return [...grams];
};

/** How alike an unknown word and a known one are, 0 when they are not: a slip of the pen, or a longer form. */
function similarity(word: string, known: string): number {
  const allowed = word.length < 6 ? 1 : 2;
  const distance = editDistance(word, known, allowed);
  if (distance <= allowed) return 0.95 - (distance * 1.2) / Math.max(word.length, known.length);
  const [short, long] = word.length < known.length ? [word, known] : [known, word];
  const isForm = short.length >= 4 && long.startsWith(short) && long.length - short.length <= 4;
  return isForm ? 0.5 + (0.4 * short.length) / long.length : 0;
}

/** Finds known words for misspelt ones by shared character trigrams. */
export function createSpeller(words: readonly string[]): Speller {
  const postings = new Map<string, number[]>();
  words.forEach((word, id) => {
    for (const gram of trigramsOf(word)) {
      const list = postings.get(gram);
      if (list) list.push(id);
      else postings.set(gram, [id]);
    }
  });
  const shared = new Uint8Array(words.length);
  return {
    near(word) {
      if (word.length < 4 || word.length > 40) return [];
      const lists = trigramsOf(word)
        .map((gram) => postings.get(gram) ?? [])
        .filter((list) => list.length > 0);
      lists.sort((a, b) => a.length - b.length);
      // The rarest two thirds of those that occur tell nearly as much as all, without the long lists of endings.
      const rare = lists.slice(0, Math.ceil((lists.length * 2) / 3));
      const seen: number[] = [];
      for (const list of rare) {
        for (const id of list) {
          if (shared[id] === 0) seen.push(id);
          shared[id] = (shared[id] ?? 0) + 1;
        }
      }
      const enough = rare.length * 0.3;
      const found: { at: number; similarity: number }[] = [];
      for (const id of seen) {
        if ((shared[id] ?? 0) >= enough) {
          const alike = similarity(word, words[id] ?? '');
          if (alike > 0) found.push({ at: id, similarity: alike });
        }
        shared[id] = 0;
      }
      return found.sort((a, b) => b.similarity - a.similarity || a.at - b.at).slice(0, 3);
    },
  };
}
