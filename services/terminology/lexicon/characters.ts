/** Folded form of the characters below U+0250: lower case without accent; 0 separates words. */
const low = new Uint16Array(0x250);
for (let code = 0; code < low.length; code++) {
  const letter = String.fromCharCode(code);
  if (!/[\p{L}\p{N}]/u.test(letter)) continue;
  const base = letter.normalize('NFKD').charAt(0).toLowerCase();
  low[code] = base.charCodeAt(0);
}

/** Marks that belong to the letter before them and are left out of the folded form. */
export const combining = 1;

/** The folded form of a UTF-16 unit: 0 when it separates words, `combining` when it is to be skipped. */
export function foldUnit(unit: number): number {
  if (unit < 0x250) return low[unit] ?? 0;
  if (unit >= 0x300 && unit < 0x370) return combining;
  const isLetter =
    unit < 0x2000 ||
    (unit >= 0x2c00 && unit < 0xd800 && (unit < 0x3000 || unit > 0x303f)) ||
    (unit >= 0xf900 && unit < 0xfe00);
  return isLetter ? unit : 0;
}

/** A name as its folded words with one space between them. */
export function foldWords(text: string): string {
  let folded = '';
  let open = false;
  for (let i = 0; i < text.length; i++) {
    const unit = foldUnit(text.charCodeAt(i));
    if (unit === combining) continue;
    if (unit === 0) open = folded !== '';
    else {
      if (open) folded += ' ';
      folded += String.fromCharCode(unit);
      open = false;
    }
  }
  return folded;
}

/** FNV-1a over the units of a folded word. */
export const hashStart = 0x811c9dc5 | 0;
export const hashStep = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

export function hashWord(word: string): number {
  let hash = hashStart;
  for (let i = 0; i < word.length; i++) hash = hashStep(hash, word.charCodeAt(i));
  return hash;
}
