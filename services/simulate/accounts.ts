import type { Platform } from '../../schemas/post.ts';
import { base32Of } from './native-ids.ts';
import { createRandom, hashOf, type Random } from './random.ts';
import { habitsOf, type Habits } from './habits.ts';
import { section, sectionsOf } from './words.ts';

/** Somebody's account on one platform. */
export type Account = {
  readonly platform: Platform;
  /** As the platform writes it: a number, a DID, `name@instance`, a name. */
  readonly id: string;
  /** Without the sign in front. */
  readonly handle: string;
  readonly displayName: string;
  readonly joined: number;
  readonly followers: number;
  readonly lang: string;
  readonly automated: boolean;
  readonly habits: Habits;
  /** Whether it is one of those that are deleted some day. */
  readonly doomed: boolean;
  /** Whether the account was deleted; it never writes again. */
  gone: boolean;
};

export type Accounts = {
  /** Who writes the next post: few write much, most write little. */
  author(platform: Platform, random: Random, lang?: string): Account;
  /** Somebody of whom it is as likely as of everybody else. */
  anybody(platform: Platform, random: Random, lang?: string): Account;
  /** An account that posts by program: weather, headlines, offers. */
  robot(platform: Platform, random: Random): Account;
};

const instances = ['social.example', 'fedi.example.org', 'masto.example.net', 'town.example'];

/** How a handle stands in a text of the platform. */
export function mentionOf(account: Account): string {
  if (account.platform === 'reddit') return `u/${account.handle}`;
  return `@${account.handle}`;
}

/** The part of a handle that no other account of the world shares. */
export const bareHandle = (account: Account): string => account.handle.split('@')[0] as string;

export type Population = {
  readonly seed: number;
  readonly people: number;
  /** Languages, and the cumulative shares of people who write them. */
  readonly languages: readonly string[];
  readonly shares: readonly number[];
  /** Before anything is written. */
  readonly before: number;
  /** Whether this goes on after a history, in which the doomed accounts were deleted. */
  readonly live: boolean;
};

/** People with accounts, each following from the seed, the platform and a number; made when first met. */
export function createAccounts(population: Population): Accounts {
  const { seed, people, languages, shares, before, live } = population;
  const words = sectionsOf('chatter.txt');
  const [first, second, given, family] = ['first', 'second', 'given', 'family'].map((name) =>
    section(words, name),
  ) as [readonly string[], readonly string[], readonly string[], readonly string[]];
  const made = new Map<string, Account>();
  const isRobot = (index: number): boolean => index % 97 === 0;

  function langOf(index: number, platform: Platform): string {
    if (platform === 'reddit' || platform === 'discourse' || platform === 'feed' || isRobot(index))
      return 'en';
    const mark = (hashOf(seed, 'lang', index) / 4294967296) * (shares.at(-1) ?? 1);
    return languages[shares.findIndex((edge) => mark < edge)] ?? 'en';
  }

  function accountOf(index: number, platform: Platform): Account {
    const key = `${platform}/${index}`;
    const known = made.get(key);
    if (known) return known;
    const random = createRandom(hashOf(seed, key));
    const name = `${random.pick(first)}${random.chance(0.3) ? '_' : ''}${random.pick(second)}${index % 10_000}`;
    const instance = random.pick(instances);
    const handle =
      platform === 'bluesky'
        ? `${name.replace('_', '-')}.example.com`
        : platform === 'mastodon'
          ? `${name}@${instance}`
          : name.slice(0, 20);
    const id =
      platform === 'x'
        ? `8${String(hashOf(seed, key, 'x')).padStart(10, '0')}${String(index).padStart(7, '0')}`
        : platform === 'bluesky'
          ? `did:plc:${base32Of(24, seed, key)}`
          : platform === 'mastodon'
            ? handle.toLowerCase()
            : platform === 'discourse'
              ? String(index + 1)
              : handle.toLowerCase();
    const doomed = !isRobot(index) && hashOf(seed, 'doomed', key) % 60 === 0;
    const lang = langOf(index, platform);
    const account: Account = {
      platform,
      id,
      handle,
      displayName: random.chance(0.6) ? `${random.pick(given)} ${random.pick(family)}` : name,
      joined: Math.floor(before - random.float() * 10 * 365.25 * 86_400_000),
      followers: Math.floor(3 / (random.float() ** 1.6 + 0.000_01)),
      lang,
      automated: isRobot(index),
      habits: habitsOf(random, isRobot(index), lang),
      doomed,
      gone: doomed && live,
    };
    made.set(key, account);
    return account;
  }

  function find(platform: Platform, draw: () => number, lang: string | undefined): Account {
    let account: Account | undefined;
    for (let tries = 0; tries < 60; tries++) {
      const index = draw();
      if (isRobot(index) || (lang !== undefined && langOf(index, platform) !== lang)) continue;
      account = accountOf(index, platform);
      if (!account.gone) return account;
    }
    return account ?? accountOf(1, platform);
  }

  return {
    author: (platform, random, lang) =>
      find(platform, () => Math.floor(people * random.float() ** 2.5), lang),
    anybody: (platform, random, lang) => find(platform, () => random.int(people), lang),
    robot: (platform, random) => accountOf(97 * random.int(Math.max(1, Math.floor(people / 97))), platform),
  };
}
