import type { Random } from './random.ts';
import { compile, render, type Template } from './template.ts';
import { section, sectionsOf } from './words.ts';

const numbers = ['two', 'three', 'four', 'six'];
const spans = ['days', 'weeks', 'months'];
const whens = [
  'yesterday',
  'on Monday',
  'last week',
  'last night',
  'two weeks ago',
  'this morning',
  'a month ago',
  'on Friday',
];
const hosts = [
  'news.example.com',
  'www.example.org',
  'blog.example.net',
  'shop.example.com',
  'daily.example.org',
];
const paths = ['read', 'p', 'story', 'item', '2026', 'watch', 'post'];

/** Fills the slots that have nothing to do with health; undefined for slots that do. */
export type CommonSlots = (slot: string, random: Random, mention: () => string) => string | undefined;

export const inventedLink = (random: Random): string =>
  `https://${random.pick(hosts)}/${random.pick(paths)}/${(random.int(60_000_000) + 60_000_000).toString(36)}`;

/** From the range that is kept for invented telephone numbers (555-0100 to 555-0199). */
export const inventedPhone = (random: Random): string => {
  const line = `555-01${String(random.int(100)).padStart(2, '0')}`;
  const area = random.pick(['212', '312', '415', '617']);
  return random.pick([`(${area}) ${line}`, `+1 ${area} ${line}`, `${area}-${line}`, `+1-${area}-${line}`]);
};

export const inventedAddress = (random: Random): string =>
  `${random.pick(['jo', 'sam', 'pat', 'kim', 'alex', 'max'])}.${random.pick(['bright', 'moor', 'lane', 'field'])}${random.int(90) + 10}@${random.pick(['example.com', 'example.org', 'mail.example.net'])}`;

export function commonSlots(): CommonSlots {
  const words = sectionsOf('chatter.txt');
  const lists = new Map<string, readonly Template[]>();
  for (const name of words.keys()) {
    if (name.startsWith('slot.')) lists.set(name.slice(5), section(words, name).map(compile));
  }
  const twins: Record<string, string> = { food2: 'food', team2: 'team' };
  return (slot, random, mention) => {
    switch (slot) {
      case 'n':
      case 'm':
        return String(random.int(8) + 2);
      case 'num':
        return String(random.int(80) + 12);
      case 'deg':
        return String(random.int(33) + 1);
      case 'hour':
      case 'hour2':
        return random.chance(0.5)
          ? `${random.int(12) + 1}${random.chance(0.6) ? 'am' : 'pm'}`
          : `${random.int(24)}:${random.pick(['00', '15', '30', '45'])}`;
      case 'dur':
        return `${random.chance(0.5) ? random.int(8) + 2 : random.pick(numbers)} ${random.pick(spans)}`;
      case 'when':
        return random.pick(whens);
      case 'at':
        return mention();
      case 'link':
        return inventedLink(random);
      case 'phone':
        return inventedPhone(random);
      default: {
        const list = lists.get(slot) ?? lists.get(twins[slot] ?? '');
        return list && render(random.pick(list), () => '', random);
      }
    }
  };
}
