/** Words that carry nothing of a reaction; left out unless a name has no others. */
const fillers = new Set(
  (
    'a an the of to in on at for from with by and or as is am are was were be been being it its im i me my mine ' +
    'you your he his she her they their them we our this that these those so soo very really super just like ' +
    'got get gets getting have has had having do does did make makes made making give gave gives giving me ' +
    'can could would will should too also still then than there some any such kind ' +
    'literally actually totally absolutely completely fucking freaking damn af tho lol bit lot whole thing ' +
    'mild slight slightly extreme extremely intense moderate occasional occasionally somewhat quite ' +
    'pretty rather incredibly insanely ridiculously few couple while'
  ).split(' '),
);

/** Irregular and colloquial forms brought to one word, before and instead of stemming. */
const forms: Record<string, string> = {
  inability: 'not', lack: 'not', lacking: 'not',
  difficulty: 'trouble', difficulties: 'trouble', difficult: 'trouble', problem: 'trouble', problems: 'trouble',
  issue: 'trouble', issues: 'trouble', struggle: 'trouble', struggling: 'trouble',
  lower: 'low', lowered: 'low', decreased: 'low', decrease: 'low', reduced: 'low', reduction: 'low',
  diminished: 'low', increased: 'high', increase: 'high', raised: 'high', elevated: 'high', higher: 'high',
  heightened: 'high',
  no: 'not', never: 'not', unable: 'not', without: 'not', zero: 'not', nothing: 'not', cannot: 'not',
  slept: 'sleep', felt: 'feel', fell: 'fall', fallen: 'fall', swollen: 'swell', swole: 'swell',
  bled: 'bleed', broke: 'break', broken: 'break', lost: 'lose', loss: 'lose', losing: 'lose',
  threw: 'throw', thrown: 'throw', ate: 'eat', eaten: 'eat', shook: 'shake', shaking: 'shake', shaky: 'shake',
  went: 'go', gone: 'go', goes: 'go', hive: 'urticaria', hives: 'urticaria', came: 'come', saw: 'see', seen: 'see', woke: 'wake', burnt: 'burn',
  tummy: 'stomach', belly: 'stomach', abdomen: 'stomach', abdominal: 'stomach', feet: 'foot', teeth: 'tooth',
  achy: 'ache', achey: 'ache', bp: 'blood pressure', hr: 'heart rate',
  vaccination: 'injection', vaccine: 'injection', jab: 'injection', shot: 'injection',
}; // prettier-ignore

const stop = /[^\p{L}\p{N}]+/u;

/** Lower case, no accents, one spelling of British and American forms, contractions spelt out, runs shortened. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[’‘`´]/g, "'")
    .replace(/\b(?:can't|cant|can not|couldn't|couldnt)\b/g, 'not')
    .replace(/\b(do|does|did|is|are|was|were|wo|would|should|has|have|had)n'?t\b/g, 'not')
    .replace(/'(?:s|m|d|ve|ll|re)\b/g, '')
    .replace(/\b(vitamin|vit) ([a-k])\b/g, 'vitamin$2')
    .replace(/(\p{L})\1{2,}/gu, '$1$1');
}

/** A small suffix stripper in the manner of Porter (1980): enough to bring word forms of a mention together. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  let w = word.replace(/ae/g, 'e').replace(/oe/g, 'e');
  if (w.length > 5) w = w.replace(/our$/, 'or').replace(/([iy])z(e|ed|ing|es)$/, '$1s$2');
  if (w.endsWith('ies') && w.length > 4) w = `${w.slice(0, -3)}y`;
  else if (/(?:ss|x|ch|sh)es$/.test(w)) w = w.slice(0, -2);
  else if (w.endsWith('s') && !/(?:ss|us|is)$/.test(w)) w = w.slice(0, -1);
  if (w.endsWith('ness') && w.length > 6) w = w.slice(0, -4);
  else if (w.endsWith('ly') && w.length > 5) w = w.slice(0, -2);
  const bare = /^(.*[aeiouy].*?)(?:ing|ed)$/.exec(w)?.[1];
  if (bare !== undefined && bare.length > 2) {
    w = /([bdfgmnprt])\1$/.test(bare) ? bare.slice(0, -1) : bare;
  }
  if (w.length > 3 && w.endsWith('e')) w = w.slice(0, -1);
  return w.length > 3 && w.endsWith('y') ? `${w.slice(0, -1)}i` : w;
}

/** The words of a name or mention, as the lexical index compares them. Empty for a text without letters or digits. */
export function nameTokens(text: string): string[] {
  const words = fold(text)
    .split(stop)
    .filter((word) => word !== '');
  const kept = words.filter((word) => !fillers.has(word));
  const content = kept.length > 0 ? kept : words;
  return content.flatMap((word) => {
    const form = Object.hasOwn(forms, word) ? forms[word] : undefined;
    return form === undefined ? [stem(word)] : form.split(' ').map(stem);
  });
}
