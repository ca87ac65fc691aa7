import { editDistance } from '../../shared/edit-distance.ts';
import { hashStart, hashStep, hashWord } from './characters.ts';

/** Shortest name that is recognised with a slip in it; shorter ones are too near to ordinary words. */
export const forgivingFrom = 8;

export type Misspellings = {
  /** The entry of the one name that is one edit away from a folded word, -1 when there is none. */
  near(word: string): number;
};

/** Calls `visit` with the hash of the word and of the word with each letter but the first left out. */
function eachDeletion(word: string, visit: (hash: number) => void): void {
  visit(hashWord(word));
  let prefix = hashStep(hashStart, word.charCodeAt(0));
  for (let left = 1; left < word.length; left++) {
    let hash = prefix;
    for (let i = left + 1; i < word.length; i++) hash = hashStep(hash, word.charCodeAt(i));
    visit(hash);
    prefix = hashStep(prefix, word.charCodeAt(left));
  }
}

/**
 * Names that differ from a word by one letter more, less or other, or by two neighbours swapped, the first letter
 * being right. Symmetric deletion: both sides are looked up with each letter left out (Garbe 2012).
 */
export function createMisspellings(
  names: readonly { readonly word: string; readonly entry: number }[],
): Misspellings {
  const known = new Map<number, number[]>();
  names.forEach(({ word }, index) => {
    if (word.length < forgivingFrom) return;
    eachDeletion(word, (hash) => {
      const list = known.get(hash);
      if (!list) known.set(hash, [index]);
      else if (!list.includes(index)) list.push(index);
    });
  });
  const filter = new Uint8Array((2 ** 20) >> 3);
  const bitOf = (hash: number): number => (hash ^ (hash >>> 12)) & (2 ** 20 - 1);
  for (const hash of known.keys()) {
    const bit = bitOf(hash);
    filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return {
    near(word) {
      let found = -1;
      eachDeletion(word, (hash) => {
        const bit = bitOf(hash);
        if (found !== -1 || ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return;
        for (const index of known.get(hash) ?? []) {
          const name = names[index];
          if (!name || name.word.charCodeAt(0) !== word.charCodeAt(0)) continue;
          if (editDistance(word, name.word, 1) <= 1) found = name.entry;
        }
      });
      return found;
    },
  };
}
