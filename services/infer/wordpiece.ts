/** Pieces of one word: ids, and where each piece ends, in UTF-16 units of the normalised word. */
export type Pieces = { readonly ids: readonly number[]; readonly ends: readonly number[] };

const keptWords = 65_536;

/**
 * Greedy longest-match splitting of one normalised word (Wu et al. 2016, as in BERT). A word with a
 * remainder that no piece begins, or that is too long, is one unknown piece. Words repeat, so what was
 * split once is remembered, up to a fixed number of words.
 */
export function createWordPiece(options: {
  vocabulary: ReadonlyMap<string, number>;
  prefix: string;
  unknown: number;
  maxCharacters: number;
}): (word: string) => Pieces {
  const { vocabulary, prefix, unknown, maxCharacters } = options;
  let longest = 0;
  for (const piece of vocabulary.keys()) longest = Math.max(longest, piece.length);
  const known = new Map<string, Pieces>();

  const split = (word: string): Pieces => {
    const whole: Pieces = { ids: [unknown], ends: [word.length] };
    if (word.length > maxCharacters && Array.from(word).length > maxCharacters) return whole;
    const ids: number[] = [];
    const ends: number[] = [];
    for (let start = 0; start < word.length;) {
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      for (; end > start; end--) {
        const part = word.slice(start, end);
        id = vocabulary.get(start === 0 ? part : prefix + part);
        if (id !== undefined) break;
      }
      if (id === undefined) return whole;
      ids.push(id);
      ends.push(end);
      start = end;
    }
    return { ids, ends };
  };

  return (word) => {
    let pieces = known.get(word);
    if (pieces !== undefined) return pieces;
    pieces = split(word);
    if (known.size >= keptWords) known.clear();
    // A slice of a post would keep the whole post in memory: the key is a copy.
    known.set(Buffer.from(word, 'utf16le').toString('utf16le'), pieces);
    return pieces;
  };
}
