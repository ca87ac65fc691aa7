import { detectAll } from 'tinyld';
import { english, foreign } from './common-words.ts';

/** X's and old Java's names for languages that ISO 639-1 writes otherwise. */
const renamed: Record<string, string> = { in: 'id', iw: 'he', ji: 'yi', fil: 'tl', nb: 'no', nn: 'no' };
/** X's codes for posts without words to tell a language by (only hashtags, mentions, media, too short). */
const unsure = new Set(['und', 'qam', 'qct', 'qht', 'qme', 'qst', 'zxx', 'mul', 'mis', 'art']);

/** Units of text that are looked at. */
const longest = 240;
/** What the n-grams may answer: languages with many writers on these platforms, and not Klingon. */
const candidates =
  'ar bg bn cs da de el en es et fa fi fr gu he hi hr hu hy id it ja ka kk km kn ko lt lv mk ml mr ms my ne nl no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur vi zh'.split(
    ' ',
  );

/** The platform's statement as ISO 639, or undefined where it states nothing useful. */
function stated(lang: string | undefined): string | undefined {
  if (lang === undefined) return undefined;
  const code = /^[a-z]{2,3}(?=$|[-_])/.exec(lang.slice(0, 12).toLowerCase())?.[0];
  if (code === undefined || unsure.has(code)) return undefined;
  return renamed[code] ?? code;
}

const scripts: readonly { readonly pattern: RegExp; readonly language: string; readonly allowed: RegExp }[] =
  [
    { pattern: /[\u3040-\u30FF]/g, language: 'ja', allowed: /^ja$/ },
    { pattern: /[\uAC00-\uD7AF]/g, language: 'ko', allowed: /^ko$/ },
    { pattern: /[\u0E00-\u0E7F]/g, language: 'th', allowed: /^th$/ },
  ];

/** A language whose script most of the text is written in, whatever the author's settings say. */
function byScript(text: string, lang: string): string | undefined {
  for (const { pattern, language, allowed } of scripts) {
    if (allowed.test(lang)) continue;
    const found = text.match(pattern)?.length ?? 0;
    if (found >= 5 && found * 4 > text.length) return language;
  }
  return undefined;
}

const isAsciiLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
/** Curly quotes, dashes, emoji and joiners are nobody's letters. */
const isSign = (code: number): boolean =>
  code < 0xc0 ||
  (code >= 0x2000 && code <= 0x2bff) ||
  (code >= 0xd83c && code <= 0xd83e) ||
  (code >= 0xdc00 && code <= 0xdfff) ||
  code === 0xfe0f;

type Verdict = 'english' | 'too-short' | 'ask';

/** One pass over the words: whether they are English by the commonest of them, or too few to tell. */
function judge(text: string): Verdict {
  let words = 0;
  let hits = 0;
  let strange = 0;
  let letters = 0;
  let accents = 0;
  const lower = text.toLowerCase();
  for (let at = 0; at < lower.length;) {
    const code = lower.charCodeAt(at);
    if (!isAsciiLetter(code)) {
      if (code > 127 && !isSign(code)) accents++;
      at++;
      continue;
    }
    const start = at;
    // An apostrophe stays inside a word, straight or curly.
    for (at++; at < lower.length; at++) {
      const next = lower.charCodeAt(at);
      if (!isAsciiLetter(next) && next !== 39 && next !== 0x2019) break;
    }
    letters += at - start;
    // Masks and hashtags are no words of a sentence.
    if ('@[#'.includes(lower[start - 1] ?? ' ')) continue;
    const word = lower.slice(start, at).replace('\u2019', "'");
    words++;
    if (english.has(word)) hits++;
    else if (foreign.has(word)) strange++;
  }
  if (accents * 20 > letters) return accents < 3 ? 'too-short' : 'ask';
  if (hits > 2 * strange && (hits >= 2 || words <= 12) && hits * 9 >= words) return 'english';
  return words < 4 && strange === 0 ? 'too-short' : 'ask';
}

/**
 * Language of a masked text as ISO 639: what the platform says, unless the script belies it; English by
 * its common words; then n-grams; `und` where that is not sure enough.
 */
export function languageOf(text: string, lang: string | undefined): string {
  const head = text.length > longest ? text.slice(0, longest) : text;
  const said = stated(lang);
  if (said !== undefined) return (isAscii(head) ? undefined : byScript(head, said)) ?? said;
  const verdict = judge(head);
  if (verdict !== 'ask') return verdict === 'english' ? 'en' : 'und';
  const words = head.slice(0, 140).replace(/@user|\[(?:link|email|phone)\]/g, ' ');
  const [best, second] = detectAll(words, { only: candidates });
  if (!best || best.accuracy < 0.15 || best.accuracy < 1.5 * (second?.accuracy ?? 0)) return 'und';
  return best.lang;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
