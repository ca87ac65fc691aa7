export type Terms = {
  readonly words: readonly string[];
  readonly phrases: readonly string[];
  readonly without: readonly string[];
};

const mostTerms = 20;

/** The words of a text as the index cuts them: at every ASCII character that is no letter and no digit. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^0-9a-z\u0080-\u{10FFFF}]+/u)
    .filter(Boolean);
}

/**
 * What a person typed into the search, taken apart. A word with a hyphen or an apostrophe in it is searched
 * as a phrase, since the index knows only its parts.
 */
export function termsOf(text: string): Terms {
  const words: string[] = [];
  const phrases: string[] = [];
  const without: string[] = [];
  for (const [, minus, quoted, bare] of text.matchAll(/(-?)(?:"([^"]+)"?|([^\s"]+))/g)) {
    const term = (quoted ?? bare ?? '').trim();
    const parts = wordsOf(term);
    if (parts.length === 0) continue;
    if (minus !== '') {
      if (parts.length === 1 && parts[0] !== undefined) without.push(parts[0]);
      continue;
    }
    words.push(...parts);
    if (parts.length > 1 || parts[0] !== term.toLowerCase()) phrases.push(term);
  }
  return {
    words: [...new Set(words)].slice(0, mostTerms),
    phrases: phrases.slice(0, mostTerms),
    without: [...new Set(without)].slice(0, mostTerms),
  };
}
