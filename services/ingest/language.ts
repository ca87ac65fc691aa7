import { detectAll } from 'tinyld';

/** Words so common that an English text of a few words holds one, and their like in its neighbours. */
const english = new Set(
  "the and to of is i my it in you for was with have this that but so not just are be at had she they we your what like get from all when after can been been out about if an as or by has were would there their will one up now no its im dont ive i'm don't i've it's can't cant me he his her him who how more some today day really feel got going know make been too very why only because".split(
    ' ',
  ),
);
const others = new Set(
  'que de la el los las un una por con para es en y no lo mi se te le les je est et pas pour dans une des du il qui sur ce der die das und ich nicht ist ein eine mit zu auf den von wir sie o os nao uma com em do da na no e di che il non per sono una het een van niet dat ik och att det som inte jag yang dan di ini itu tidak ada aku saya ang ng sa ko mga na ve bir bu da de ne nie jest na sie to w z i ale czy'.split(
    ' ',
  ),
);
for (const word of ['i', 'no', 'to', 'me', 'he', 'her', 'an', 'so', 'like', 'from', 'in', 'is', 'was', 'as']) others.delete(word);

/** X's and old Java's names for languages that ISO 639-1 writes otherwise. */
const renamed: Record<string, string> = { in: 'id', iw: 'he', ji: 'yi', fil: 'tl', nb: 'no', nn: 'no' };
/** X's codes for posts without words to tell a language by (only hashtags, mentions, media, too short). */
const unsure = new Set(['und', 'qam', 'qct', 'qht', 'qme', 'qst', 'zxx', 'mul', 'mis', 'art']);

const longest = 300;
const asciiOnly = /^[\u0000-\u007F\u2018-\u201F\u2026\u2013\u2014\u{1F000}-\u{1FAFF}\uFE0F\u200D]*$/u;

/** The platform's statement as ISO 639, or undefined where it states nothing useful. */
function stated(lang: string | undefined): string | undefined {
  if (lang === undefined) return undefined;
  const code = /^[a-z]{2,3}(?=$|[-_])/.exec(lang.slice(0, 12).toLowerCase())?.[0];
  if (code === undefined || unsure.has(code)) return undefined;
  return renamed[code] ?? code;
}

const scripts: readonly { readonly pattern: RegExp; readonly language: string; readonly allowed: RegExp }[] = [
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

/** Whether the text is English by its commonest words; false says nothing about what else it is. */
function isPlainEnglish(text: string): boolean {
  if (!asciiOnly.test(text)) return false;
  let words = 0;
  let hits = 0;
  let foreign = 0;
  for (const word of text.toLowerCase().replaceAll('\u2019', "'").split(/[^a-z']+/)) {
    if (word === '' || word === 'user' || word === 'link') continue;
    words++;
    if (english.has(word)) hits++;
    else if (others.has(word)) foreign++;
  }
  return hits >= 2 && hits * 6 >= words && hits > 2 * foreign;
}

/**
 * Language of a masked text as ISO 639: what the platform says, unless the script belies it; English by
 * its common words; then n-grams; `und` where that is not sure enough.
 */
export function languageOf(text: string, lang: string | undefined): string {
  const head = text.length > longest ? text.slice(0, longest) : text;
  const said = stated(lang);
  if (said !== undefined) return (head.length === asciiLength(head) ? undefined : byScript(head, said)) ?? said;
  if (isPlainEnglish(head)) return 'en';
  const words = head.replace(/@user|\[(?:link|email|phone)\]/g, ' ').trim();
  if (words.length < 3) return 'und';
  const [best, second] = detectAll(words);
  if (!best || best.accuracy < 0.15 || best.accuracy < 2 * (second?.accuracy ?? 0)) return 'und';
  return /^[a-z]{2,3}$/.test(best.lang) ? best.lang : 'und';
}

/** Length of the leading run of ASCII characters. */
function asciiLength(text: string): number {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) < 128) at++;
  return at;
}
