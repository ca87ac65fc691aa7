import type { Account } from './accounts.ts';
import type { Draft } from './draft.ts';
import { applyHabits, findPhrase } from './habits.ts';
import type { Pharmacy } from './pharmacy.ts';
import type { Random } from './random.ts';
import { compile, render, type Template } from './template.ts';
import { fieldsOf, section, sectionsOf } from './words.ts';

/** A post about a product in the author's language, or undefined where there are no frames for it. */
export type Foreign = (author: Account) => Draft | undefined;

type Language = {
  readonly effect: readonly Template[];
  readonly other: readonly Template[];
  readonly phrases: readonly { readonly phrase: string; readonly term: string }[];
};

export function createForeign(random: Random, pharmacy: Pharmacy, withheld: string | undefined): Foreign {
  const words = sectionsOf('other-health.txt');
  const languages = new Map<string, Language>();
  for (const lang of new Set([...words.keys()].map((name) => name.slice(0, 2)))) {
    languages.set(lang, {
      effect: section(words, `${lang}.effect`).map(compile),
      other: section(words, `${lang}.other`).map(compile),
      phrases: section(words, `${lang}.x`).map((line) => {
        const [phrase = '', term = ''] = fieldsOf(line);
        return { phrase, term };
      }),
    });
  }
  const drugs = pharmacy.products.filter((product) => !product.vaccine && product.name !== withheld);

  return (author) => {
    const language = languages.get(author.lang);
    if (!language) return undefined;
    const product = random.pick(drugs);
    const effect = random.chance(0.4);
    const { phrase, term } = random.pick(language.phrases);
    const fill = (slot: string): string =>
      slot === 'drug' ? product.name : slot === 'x' ? phrase : String(random.int(8) + 2);
    const raw = render(random.pick(effect ? language.effect : language.other), fill, random);
    const text = applyHabits(raw, author.habits, random).trimEnd();
    return {
      text,
      title: undefined,
      lang: author.lang,
      topic: 'health',
      role: effect ? 'effect' : 'plain-use',
      person: 'self',
      product: product.name,
      vaccine: false,
      written: product.name,
      effects: effect ? [{ term, phrase: findPhrase(text, phrase) }] : [],
      stance: undefined,
      secrets: [],
    };
  };
}
