import type { Random } from './random.ts';

/** How somebody writes, whatever about. */
export type Habits = {
  readonly capitals: 'none' | 'usual';
  readonly apostrophes: boolean;
  readonly emoji: number;
  readonly hashtags: number;
  readonly ending: string;
};

const endings = ['', '', '', '', '', ' lol', '...', '!!', ' smh', ' tbh'];

export function habitsOf(random: Random, robot: boolean, lang: string): Habits {
  if (robot) return { capitals: 'usual', apostrophes: true, emoji: 0, hashtags: 0.1, ending: '' };
  return {
    capitals: random.chance(0.45) ? 'none' : 'usual',
    apostrophes: !random.chance(0.3),
    emoji: random.chance(0.4) ? 0.35 : 0.04,
    hashtags: random.chance(0.2) ? 0.3 : 0.03,
    ending: random.pick(lang === 'en' ? endings : ['']),
  };
}

const protectedWords = /(?:https?:\/\/|[@#])\S+|\S+@\S+/;

/** Writes a text the way somebody writes; links, handles and addresses stay as they are. */
export function applyHabits(text: string, habits: Habits, random: Random): string {
  let out = tidy(text);
  if (!habits.apostrophes) out = out.replaceAll("'", '');
  if (habits.capitals === 'usual') out = capitalised(out);
  if (protectedWords.test(out)) return out;
  if (random.chance(0.012)) out = out.toUpperCase();
  if (random.chance(0.02)) out = out.replace(/(?<=\s)so(?= )/, 'soooo');
  if (habits.ending !== '' && random.chance(0.25)) out = out.replace(/\.?$/, habits.ending);
  return out;
}

/** Takes out the blanks that choices of nothing leave behind. */
const tidy = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/ +(?=[.,!?](?:\s|$))/g, '');

/** The first letter of every sentence and the word I. */
function capitalised(text: string): string {
  return text
    .replace(/\bi\b(?!\.e)/g, 'I')
    .replace(/^(?!https?:)\p{Ll}/u, (letter) => letter.toUpperCase())
    .replace(
      /([.!?] )(?!https?:)(\p{Ll})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    );
}

/** Where a phrase stands in a text that was written with habits, or undefined where they changed it. */
export function findPhrase(text: string, phrase: string): string | undefined {
  for (const candidate of [phrase, phrase.replaceAll("'", '')]) {
    const at = text.toLowerCase().indexOf(candidate.toLowerCase());
    if (at >= 0) return text.slice(at, at + candidate.length);
  }
  return undefined;
}
