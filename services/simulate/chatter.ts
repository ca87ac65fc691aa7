import { type Account, bareHandle, mentionOf } from './accounts.ts';
import { type Draft, plainDraft } from './draft.ts';
import { applyHabits } from './habits.ts';
import type { Random } from './random.ts';
import { commonSlots, inventedAddress, inventedPhone } from './slots.ts';
import { compile, render, type Template } from './template.ts';
import { section, sectionsOf } from './words.ts';

/** Somebody to speak to or of, on the platform of the one who speaks. */
export type Friend = () => Account;

/** What people put behind a text of some kind. */
export type Trimmings = { readonly emoji: readonly string[]; readonly tags: readonly string[] };

export type Chatter = {
  /** Whatever people post about, in the author's language. */
  post(author: Account, friend: Friend): Draft;
  /** A figure of speech that sounds like illness and is none. */
  figurative(author: Account, friend: Friend): Draft;
  reply(author: Account, friend: Friend): Draft;
  /** A headline. */
  article(author: Account, friend: Friend): Draft;
  title(random: Random): string;
  story(): string;
  group(): string;
  /** Emoji, hashtags and now and then an address or a number, in the author's way. */
  finish(text: string, author: Account, trimmings?: Trimmings): { text: string; secrets: string[] };
};

const contact = ['mail me at', 'write to', 'contact'];
const call = ['call', 'text me on', 'whatsapp'];

/** Ordinary talk from frames in eleven languages. */
export function createChatter(random: Random): Chatter {
  const words = sectionsOf('chatter.txt');
  const compiled = (name: string): readonly Template[] => section(words, name).map(compile);
  const frames = new Map<string, readonly Template[]>();
  for (const name of words.keys()) if (/^[a-z]{2}$/.test(name)) frames.set(name, compiled(name));
  const english = frames.get('en') ?? [];
  const replies = compiled('reply');
  const articles = compiled('article');
  const titles = compiled('title');
  const groups = section(words, 'sub');
  const stories = section(words, 'story');
  const figures = section(sectionsOf('health.txt'), 'figurative').map(compile);
  const ordinary: Trimmings = { tags: section(words, 'slot.tag'), emoji: section(words, 'slot.emoji') };
  const common = commonSlots();

  function fill(template: Template, friend: Friend, secrets: string[]): string {
    const mention = (): string => {
      const account = friend();
      secrets.push(bareHandle(account));
      return mentionOf(account);
    };
    return render(template, (slot) => common(slot, random, mention) ?? '', random);
  }

  function finish(
    base: string,
    author: Account,
    trimmings: Trimmings = ordinary,
  ): { text: string; secrets: string[] } {
    const { habits } = author;
    let text = base.trimEnd();
    const secrets: string[] = [];
    if (random.chance(habits.emoji) && !/\p{Extended_Pictographic}/u.test(text.slice(-3)))
      text += ` ${random.pick(trimmings.emoji)}`;
    if (random.chance(habits.hashtags)) text += ` #${random.pick(trimmings.tags)}`;
    if (author.lang === 'en' && random.chance(0.01)) {
      const secret = random.chance(0.55) ? inventedAddress(random) : inventedPhone(random);
      secrets.push(secret);
      text += ` ${random.pick(secret.includes('@') ? contact : call)} ${secret}`;
    }
    return { text, secrets };
  }

  function draft(template: Template, author: Account, friend: Friend, lang: string): Draft {
    const secrets: string[] = [];
    const habitual = applyHabits(fill(template, friend, secrets), author.habits, random);
    const finished = finish(habitual, author);
    return plainDraft(finished.text, lang, [...secrets, ...finished.secrets]);
  }

  return {
    finish,
    story: () => random.pick(stories),
    group: () => random.pick(groups),
    title: (own) => render(own.pick(titles), (slot) => common(slot, own, () => '') ?? '', own),
    post: (author, friend) =>
      draft(random.pick(frames.get(author.lang) ?? english), author, friend, author.lang),
    figurative: (author, friend) => ({
      ...draft(random.pick(figures), author, friend, 'en'),
      topic: 'figurative',
    }),
    reply: (author, friend) =>
      draft(
        random.pick(author.lang === 'en' ? replies : (frames.get(author.lang) ?? replies)),
        author,
        friend,
        author.lang,
      ),
    article: (author, friend) => draft(random.pick(articles), author, friend, 'en'),
  };
}
