import { hashWord } from './characters.ts';

/** A trie over the hashes of words, in one open-addressing table. */
export type NameTrie = {
  /** Entry of a node, -1 when no name ends there. */
  readonly entries: Int32Array;
  /** Quick refusal of first words: false means that no name starts so. */
  mayStart(hash: number): boolean;
  /** Child of a node along a word, -1 when there is none; node 0 is the root. */
  child(node: number, hash: number): number;
};

const filterBits = 18;

/** Builds the trie; of two names that fold to the same words the first stays. */
export function createNameTrie(names: readonly { readonly words: readonly string[] }[]): NameTrie {
  const total = names.reduce((sum, { words }) => sum + words.length, 1);
  const capacity = 2 ** Math.ceil(Math.log2(total * 3 + 8));
  const parents = new Int32Array(capacity).fill(-1);
  const hashes = new Int32Array(capacity);
  const children = new Int32Array(capacity);
  const entries = new Int32Array(total + 1).fill(-1);
  const filter = new Uint8Array((2 ** filterBits) >> 3);
  const bitOf = (hash: number): number => (hash ^ (hash >>> 14)) & (2 ** filterBits - 1);

  const slotOf = (node: number, hash: number): number => {
    let slot = (Math.imul(node ^ Math.imul(hash, 0x9e3779b1), 0x85ebca6b) >>> 8) & (capacity - 1);
    while (parents[slot] !== -1 && (parents[slot] !== node || hashes[slot] !== hash)) {
      slot = (slot + 1) & (capacity - 1);
    }
    return slot;
  };

  let nodes = 1;
  names.forEach(({ words }, entry) => {
    let node = 0;
    for (const word of words) {
      const hash = hashWord(word);
      if (node === 0) {
        const bit = bitOf(hash);
        filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
      }
      const slot = slotOf(node, hash);
      if (parents[slot] === -1) {
        parents[slot] = node;
        hashes[slot] = hash;
        children[slot] = nodes++;
      }
      node = children[slot] ?? 0;
    }
    if (node !== 0 && entries[node] === -1) entries[node] = entry;
  });
  return {
    entries,
    mayStart(hash) {
      const bit = bitOf(hash);
      return ((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
    },
    child(node, hash) {
      const slot = slotOf(node, hash);
      return parents[slot] === -1 ? -1 : (children[slot] ?? -1);
    },
  };
}
