import type { ProductKind, ProductList, ProductName } from './lexicon.ts';
import { combining, foldUnit, foldWords, hashStart, hashStep } from './characters.ts';
import { createMisspellings, forgivingFrom } from './misspellings.ts';
import { createNameTrie } from './name-trie.ts';

/** A product named in a text, at UTF-16 offsets. `name` is the product's own name, not what was written. */
export type ProductMatch = {
  readonly start: number;
  readonly end: number;
  readonly productId: string;
  readonly name: string;
  readonly kind: ProductKind;
  /** The name is also an ordinary word and nothing else in the text says that the product is meant. */
  readonly ambiguous: boolean;
};

export type Lexicon = {
  readonly version: string;
  /** Names in the order of the text, without overlaps, the longest at each place. Never throws. */
  find(text: string): ProductMatch[];
  /** Whether a product is named beyond doubt; the gate passes such a post whatever else it says. */
  has(text: string): boolean;
};

type Entry = {
  readonly folded: string;
  readonly words: readonly string[];
  /** Undefined for a context word. */
  readonly name: ProductName | undefined;
  /** Written as one word, which counts only in a hashtag: #PlanB. */
  readonly inHashtag: boolean;
};

/** Longest run of characters between two words of one name, and the characters it may hold. */
const longestGap = 3;
const gapCharacters = new Set(" \u00A0-_&+/,'’#®™‐‑–");
const shortestPlural = 5;

function entriesOf({ names, stopWords, contextWords }: ProductList): Entry[] {
  const entries: Entry[] = [];
  for (const name of names) {
    const folded = foldWords(name.text);
    if (folded === '' || stopWords.has(folded)) continue;
    const words = folded.split(' ');
    entries.push({ folded, words, name, inHashtag: false });
    const compact = words.join('');
    if (words.length > 1 && compact.length >= 5 && !stopWords.has(compact)) {
      entries.push({ folded: compact, words: [compact], name, inHashtag: true });
    }
  }
  // Names as they stand come before compact ones, which only fill what is left.
  entries.sort((a, b) => Number(a.inHashtag) - Number(b.inHashtag));
  for (const word of contextWords) {
    entries.push({ folded: word, words: [word], name: undefined, inHashtag: false });
  }
  return entries;
}

/**
 * Words of the text under examination: first unit, one past the last unit, hash; and which of
 * them may start a name. Grows, never shrinks.
 */
type Words = { starts: Int32Array; ends: Int32Array; hashes: Int32Array; candidates: Int32Array };
const room = (size: number): Words => ({
  starts: new Int32Array(size),
  ends: new Int32Array(size),
  hashes: new Int32Array(size),
  candidates: new Int32Array(size),
});

/** Builds the matcher: one pass over a text, a look-up for each word, more only where a name may start. */
export function createLexicon(list: ProductList): Lexicon {
  const entries = entriesOf(list);
  const trie = createNameTrie(entries);
  const contextWords = list.contextWords;
  const misspellings = createMisspellings(
    entries.flatMap(({ words, name, inHashtag }, entry) =>
      words.length === 1 && name?.proper && !inHashtag && !name.ambiguous
        ? [{ word: words[0] ?? '', entry }]
        : [],
    ),
  );
  let words = room(256);
  let count = 0;
  let candidates = 0;

  /** Whether two words with this between them can belong to one name. */
  const isGap = (text: string, from: number, to: number, before: number): boolean => {
    if (to - from > longestGap) return false;
    for (let i = from; i < to; i++) {
      const letter = text.charAt(i);
      if (!gapCharacters.has(letter) && !(letter === '.' && before <= 2)) return false;
    }
    return true;
  };

  /** Cuts the text into words and notes those that may start a name. */
  const cut = (text: string): void => {
    count = 0;
    candidates = 0;
    let start = -1;
    let end = 0;
    let hash = hashStart;
    let before = hashStart;
    let last = 0;
    for (let i = 0; i <= text.length; i++) {
      const unit = i < text.length ? foldUnit(text.charCodeAt(i)) : 0;
      if (unit === combining) continue;
      if (unit !== 0) {
        if (start === -1) {
          start = i;
          hash = hashStart;
        }
        before = hash;
        hash = hashStep(hash, unit);
        last = unit;
        end = i + 1;
        continue;
      }
      if (start === -1) continue;
      if (count === words.starts.length) {
        const full = words;
        words = room(count * 2);
        words.starts.set(full.starts);
        words.ends.set(full.ends);
        words.hashes.set(full.hashes);
        words.candidates.set(full.candidates);
      }
      words.starts[count] = start;
      words.ends[count] = end;
      words.hashes[count] = hash;
      const length = end - start;
      if (
        trie.mayStart(hash) ||
        (last === 0x73 && length >= shortestPlural && trie.mayStart(before)) ||
        (length >= forgivingFrom - 1 && length <= 20)
      ) {
        words.candidates[candidates++] = count;
      }
      count++;
      start = -1;
    }
  };

  /** The entry whose folded words are really those of the text (hashes can collide). */
  const verified = (entry: number, text: string, start: number, end: number): Entry | undefined => {
    const found = entries[entry];
    if (!found || foldWords(text.slice(start, end)) !== found.folded) return undefined;
    if (found.inHashtag && text.charAt(start - 1) !== '#') return undefined;
    return found;
  };

  /** The longest name from word `at` on. */
  const longest = (text: string, at: number): { entry: Entry; words: number } | undefined => {
    const first = words.starts[at] ?? 0;
    let found: { entry: Entry; words: number } | undefined;
    let node = 0;
    for (let i = at; i < count; i++) {
      if (i > at) {
        const before = (words.ends[i - 1] ?? 0) - (words.starts[i - 1] ?? 0);
        if (!isGap(text, words.ends[i - 1] ?? 0, words.starts[i] ?? 0, before)) break;
      }
      node = trie.child(node, words.hashes[i] ?? 0);
      if (node === -1) break;
      const entry = trie.entries[node] ?? -1;
      const known = entry === -1 ? undefined : verified(entry, text, first, words.ends[i] ?? 0);
      if (known) found = { entry: known, words: i - at + 1 };
    }
    return found;
  };

  /** A word that is a plural or a slip of a name. */
  const inexact = (text: string, at: number): Entry | undefined => {
    const start = words.starts[at] ?? 0;
    const end = words.ends[at] ?? 0;
    const length = end - start;
    if (length < shortestPlural || length > 20) return undefined;
    const word = foldWords(text.slice(start, end));
    if (word.endsWith('s') && word.length >= shortestPlural) {
      const singular = word.slice(0, -1);
      let hash = hashStart;
      for (let i = 0; i < singular.length; i++) hash = hashStep(hash, singular.charCodeAt(i));
      const node = trie.mayStart(hash) ? trie.child(0, hash) : -1;
      const entry = entries[node === -1 ? -1 : (trie.entries[node] ?? -1)];
      if (entry && entry.folded === singular && !entry.inHashtag && !list.stopWords.has(word)) return entry;
    }
    if (word.length < forgivingFrom - 1 || list.stopWords.has(word) || contextWords.has(word))
      return undefined;
    return entries[misspellings.near(word)];
  };

  const find = (text: string): ProductMatch[] => {
    cut(text);
    const matches: ProductMatch[] = [];
    let hasContext = false;
    let next = 0;
    for (let i = 0; i < candidates; i++) {
      const at = words.candidates[i] ?? 0;
      const start = words.starts[at] ?? 0;
      if (at < next || (start > 0 && text.charCodeAt(start - 1) === 0x40)) continue;
      const exact = trie.mayStart(words.hashes[at] ?? 0) ? longest(text, at) : undefined;
      const entry = exact?.entry ?? inexact(text, at);
      if (!entry) continue;
      next = at + (exact?.words ?? 1);
      if (!entry.name || !entry.name.ambiguous) hasContext = true;
      if (!entry.name) continue;
      const { product, ambiguous } = entry.name;
      const { id: productId, name, kind } = product;
      matches.push({ start, end: words.ends[next - 1] ?? 0, productId, name, kind, ambiguous });
    }
    return hasContext
      ? matches.map((match) => (match.ambiguous ? { ...match, ambiguous: false } : match))
      : matches;
  };

  return {
    version: list.version,
    find,
    has: (text) => find(text).some(({ ambiguous }) => !ambiguous),
  };
}
