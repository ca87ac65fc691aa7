import { type Account, bareHandle, mentionOf } from './accounts.ts';
import type { Chatter, Friend } from './chatter.ts';
import type { Draft, Effect, Role } from './draft.ts';
import { applyHabits, findPhrase } from './habits.ts';
import type { Pharmacy, Product, Reaction } from './pharmacy.ts';
import { cumulate, type Random } from './random.ts';
import { commonSlots } from './slots.ts';
import { compile, render, type Template } from './template.ts';
import { fieldsOf, section, sectionsOf } from './words.ts';

/** What a post shall say; what is left open is drawn. */
export type Wish = {
  readonly role: Role;
  readonly product?: Product | undefined;
  readonly reaction?: Reaction | undefined;
  readonly stance?: 'for' | 'against' | 'neutral';
};

export type Health = {
  post(author: Account, friend: Friend, wish: Wish): Draft;
  /** An answer to a post about a product. */
  reply(author: Account, friend: Friend, to: Draft): Draft;
  title(draft: Draft): string;
  /** A group in which one speaks of such things. */
  group(): string;
  /** Sentences that lengthen a forum post and name no product or reaction. */
  fillers(count: number): string[];
};

/** A pair that is posted at a rate of its own, so nothing else may bring it up. */
export type Reserved = { readonly product: string; readonly reaction: string };

type Person = {
  readonly name: string;
  readonly pronoun: string;
  readonly short: string;
  readonly child: boolean;
};

const womenOnly = /menstru|menstrual|breast/;
const adultsOnly = /libido|anorgasmia|menstru|breast/;
const atTheNeedle = /^injection site|^pain in extremity/;
const forms: Record<string, readonly string[]> = {
  she: ['she', 'her', 'her'],
  he: ['he', 'his', 'him'],
  i: ['i', 'my', 'me'],
};
/** Roles in which people speak of a product that concerns them. */
export const personal: ReadonlySet<Role> = new Set([
  'effect',
  'withdrawal',
  'negated',
  'indication',
  'question',
  'fear',
  'lack-of-effect',
]);
const doses = ['10mg', '20mg', '25mg', '50mg', '75mg', '100mg', '150mg', '2 a day', 'half a tablet'];
const verbs = ['gives', 'gave', 'keeps giving'];
/** Roles that a vaccine has frames for; other wishes become a plain mention of it. */
const vaccineRoles: ReadonlySet<Role> = new Set([
  'effect',
  'negated',
  'question',
  'fear',
  'joke',
  'news',
  'plain-use',
  'stance',
]);

/** Posts about products from frames: who, what was taken, what happened, and how it is meant. */
export function createHealth(
  random: Random,
  pharmacy: Pharmacy,
  chatter: Chatter,
  reserved: Reserved | undefined,
): Health {
  const words = sectionsOf('health.txt');
  const frames = new Map([...words.keys()].map((name) => [name, section(words, name).map(compile)] as const));
  const people = section(words, 'who').map((line): Person => {
    const [name = '', pronoun = '', short = '', age] = fieldsOf(line);
    return { name, pronoun, short, child: age === 'child' };
  });
  const common = commonSlots();
  const groups = section(words, 'sub');
  const fillers = section(words, 'filler').map(compile);
  const about = { emoji: section(words, 'emoji'), tags: section(words, 'drugtag') };
  const unwell = { emoji: section(words, 'emoji.unwell'), tags: about.tags };
  const drugs = pharmacy.products.filter((product) => !product.vaccine);
  const popularity = (products: readonly Product[]): number[] =>
    cumulate(products.map(() => 1 / (random.int(products.length) + 8)));
  const ofAll = popularity(pharmacy.products);
  const ofDrugs = popularity(drugs);
  const vaccines = pharmacy.products.filter((product) => product.vaccine);

  function drawProduct(role: Role): Product {
    if (role === 'stance') return random.pick(vaccines);
    const both = vaccineRoles.has(role);
    return (
      (both ? pharmacy.products[random.weighted(ofAll)] : drugs[random.weighted(ofDrugs)]) ??
      random.pick(drugs)
    );
  }

  function drawReaction(product: Product, but?: Reaction): Reaction {
    const needle = product.form === 'injection' || product.form === 'jab';
    for (let tries = 0; tries < 40; tries++) {
      const usual = product.usual.length > 0 && random.chance(0.75);
      const reaction = usual
        ? product.usual[Math.floor(product.usual.length * random.float() ** 1.4)]
        : random.pick(pharmacy.reactions);
      if (!reaction || reaction === but || (!needle && atTheNeedle.test(reaction.term))) continue;
      if (reserved && product.name === reserved.product && reaction.term === reserved.reaction) continue;
      return reaction;
    }
    return random.pick(
      pharmacy.reactions.filter((reaction) => reaction !== but && reaction.term !== reserved?.reaction),
    );
  }

  function drawPerson(reaction: Reaction): Person {
    const fitting = people.filter(
      (person) =>
        (person.pronoun === 'she' || !womenOnly.test(reaction.term)) &&
        !(person.child && adultsOnly.test(reaction.term)),
    );
    return random.pick(fitting);
  }

  /** Frames for a role: the narrowest part of the list that there is. */
  function framesFor(
    role: Role,
    product: Product,
    other: boolean,
    stance: string | undefined,
  ): readonly Template[] {
    if (role === 'stance') return frames.get(`vaccine.${stance ?? 'neutral'}`) ?? [];
    const who = other ? 'other' : 'self';
    const names = product.vaccine ? [`${role}.vaccine.${who}`, `${role}.vaccine`] : [`${role}.${who}`, role];
    for (const name of names) {
      const found = frames.get(name);
      if (found) return found;
    }
    return frames.get(product.vaccine ? 'plain-use.vaccine' : 'plain-use') ?? [];
  }

  function compose(
    templates: readonly Template[],
    author: Account,
    friend: Friend,
    wish: Wish & { product: Product },
    other: boolean,
  ): Draft {
    const { product, role } = wish;
    const reaction = wish.reaction ?? drawReaction(product);
    const second = drawReaction(product, reaction);
    const person = drawPerson(reaction);
    const [subject = 'i', possessive = 'my', object = 'me'] = forms[other ? person.pronoun : 'i'] ?? [];
    const written = product.written[Math.floor(product.written.length * random.float() ** 2)] ?? product.name;
    const reported = role === 'effect' || role === 'withdrawal';
    const effects: Effect[] = [];
    const secrets: string[] = [];
    const mention = (): string => {
      const account = friend();
      secrets.push(bareHandle(account));
      return mentionOf(account);
    };
    const takenFor = product.takenFor.length > 0 ? random.pick(product.takenFor) : undefined;
    const say = (what: Reaction, phrases: readonly Template[]): string => {
      const phrase = render(random.pick(phrases), fill, random);
      if (reported) effects.push({ term: what.term, phrase });
      return phrase;
    };
    const fill = (slot: string): string => {
      switch (slot) {
        case 'drug':
          return written;
        case 'drug2': {
          const others = (product.vaccine ? vaccines : drugs).filter((item) => item !== product);
          return random.pick(others).written[0] ?? '';
        }
        case 'np':
          return say(reaction, reaction.things);
        case 'np2':
          return say(second, second.things);
        case 'npn':
          return say(reaction, reaction.things).replace(/^(?:an?|the) /, '');
        case 'np0':
          return reaction.term;
        case 'cl':
          return say(reaction, reaction.clauses.length > 0 ? reaction.clauses : reaction.things);
        case 'ind':
          return takenFor ? render(takenFor, fill, random) : 'it';
        case 'dose':
          return random.pick(doses);
        case 'effectverb':
          return random.pick(verbs);
        case 'who':
        case 'Who':
          return person.name;
        case 'whoshort':
          return person.short;
        case 'S':
          return subject;
        case 'P':
          return possessive;
        case 'O':
          return object;
        case 'tag':
          return written.replaceAll(/\W/g, '').toLowerCase();
        default: {
          const either = /^([^/]+)\/(.+)$/.exec(slot);
          if (either) return (other ? either[2] : either[1]) ?? '';
          return common(slot, random, mention) ?? '';
        }
      }
    };
    const raw = render(random.pick(templates), fill, random);
    const finished = chatter.finish(
      applyHabits(raw, author.habits, random),
      author,
      reported ? unwell : about,
    );
    return {
      text: finished.text,
      title: undefined,
      lang: 'en',
      topic: 'health',
      role,
      person: reported || role === 'indication' ? (other ? 'other' : 'self') : 'none',
      product:
        role === 'other-sense' || (role === 'mention' && !finished.text.includes(written))
          ? undefined
          : product.name,
      vaccine: product.vaccine,
      written,
      effects: effects.map(({ term, phrase }) => ({
        term,
        phrase: phrase && findPhrase(finished.text, phrase),
      })),
      stance: wish.stance,
      secrets: [...secrets, ...finished.secrets],
    };
  }

  return {
    post(author, friend, wish) {
      const product = wish.product ?? drawProduct(wish.role);
      const other = (wish.role === 'effect' || wish.role === 'withdrawal') && random.chance(0.27);
      const templates = framesFor(wish.role, product, other && wish.role === 'effect', wish.stance);
      return compose(templates, author, friend, { ...wish, product }, other && wish.role === 'effect');
    },
    reply(author, friend, to) {
      const product = pharmacy.products.find((item) => item.name === to.product) ?? drawProduct('effect');
      const same = pharmacy.reactions.find((item) => item.term === to.effects[0]?.term);
      const held = reserved && product.name === reserved.product && same?.term === reserved.reaction;
      const effect = same !== undefined && !held && random.chance(0.3);
      const templates = frames.get(effect ? 'reply.effect' : 'reply') ?? [];
      return compose(
        templates,
        author,
        friend,
        { role: effect ? 'effect' : 'mention', product, reaction: same },
        false,
      );
    },
    title: (draft) =>
      render(
        random.pick(frames.get(personal.has(draft.role ?? 'news') ? 'title' : 'title.other') ?? []),
        (slot) => (slot === 'drug' ? (draft.written ?? '') : (common(slot, random, () => '') ?? '')),
        random,
      ),
    group: () => random.pick(groups),
    fillers: (count) => {
      const first = random.int(fillers.length);
      return Array.from({ length: Math.min(count, fillers.length) }, (_, index) => {
        const template = fillers[(first + index) % fillers.length] as Template;
        return render(template, (slot) => common(slot, random, () => '') ?? '', random);
      });
    },
  };
}
