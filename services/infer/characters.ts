import { isNewer, reclassed } from './newer-characters.ts';

/** What the tokeniser does with a character: it belongs to a word, parts words, stands alone, or vanishes. */
export const characterKinds = { word: 0, space: 1, alone: 2, gone: 3 } as const;
export type CharacterKind = (typeof characterKinds)[keyof typeof characterKinds];

export type Character = {
  readonly kind: CharacterKind;
  /** What takes its place: lower case, without accents; more than one unit for some. Empty if it vanishes. */
  readonly normal: string;
};

const marks = /\p{Mn}/gu;
const control = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\0\uFFFD]/u;
const space = /[\t\n\r\p{White_Space}]/u;
const punctuation = /[\p{P}$+<=>^`|~]/u;

/** The blocks that BERT calls Chinese: unified and compatibility ideographs, not kana or hangul. */
function ideograph(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

/**
 * One code point after BERT's normaliser (clean, set ideographs apart, strip accents, lower-case) and its
 * splitter, as the `BertNormalizer` and `BertPreTokenizer` of the Rust library `tokenizers` treat it.
 */
export function characterOf(code: number): Character {
  const raw = String.fromCodePoint(code);
  if (raw === '\t' || raw === '\n' || raw === '\r') return { kind: characterKinds.space, normal: ' ' };
  const old = reclassed.get(code);
  if (old !== undefined) return { kind: characterKinds[old], normal: old === 'gone' ? '' : raw };
  if (isNewer(code)) return { kind: characterKinds.word, normal: raw };
  if (control.test(raw)) return { kind: characterKinds.gone, normal: '' };
  if (space.test(raw)) return { kind: characterKinds.space, normal: ' ' };
  let normal = '';
  // By code point: the final sigma of a whole word would become another letter.
  for (const part of raw.normalize('NFD').replace(marks, '')) normal += part.toLowerCase();
  if (normal === '') return { kind: characterKinds.gone, normal };
  const alone = ideograph(code) || punctuation.test(normal);
  return { kind: alone ? characterKinds.alone : characterKinds.word, normal };
}
