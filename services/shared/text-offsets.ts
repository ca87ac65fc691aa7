/**
 * Code-point offsets for ascending or arbitrary UTF-16 offsets of one text.
 * JavaScript counts UTF-16 units, most labelling tools count code points; a lone surrogate counts as one.
 */
export type Offsets = {
  /** Code points before a UTF-16 offset; an offset inside a surrogate pair counts the pair's start. */
  toCodePoints(utf16: number): number;
  /** UTF-16 units before a code-point offset, at most the text's length. */
  toUtf16(codePoints: number): number;
};

const identity: Offsets = { toCodePoints: (n) => n, toUtf16: (n) => n };

export function offsetsOf(text: string): Offsets {
  const pairs: number[] = []; // UTF-16 offsets of the second half of each surrogate pair
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) pairs.push(++i);
  }
  if (pairs.length === 0) return identity;
  /** Number of pairs whose second half lies before `utf16`. */
  const before = (utf16: number): number => {
    let low = 0;
    let high = pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[middle] ?? Infinity) < utf16) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    toCodePoints(utf16) {
      const inside = pairs[before(utf16)] === utf16 ? 1 : 0;
      return utf16 - before(utf16) - inside;
    },
    toUtf16(codePoints) {
      let utf16 = codePoints;
      for (let seen = 0; seen < pairs.length && (pairs[seen] ?? Infinity) - 1 - seen < codePoints; seen++)
        utf16++;
      return Math.min(utf16, text.length);
    },
  };
}
