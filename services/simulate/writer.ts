import type { Platform } from '../../schemas/post.ts';
import type { Account, Accounts } from './accounts.ts';
import { createChatter, type Friend } from './chatter.ts';
import { writtenPosts } from './corpus.ts';
import type { Draft } from './draft.ts';
import { createForeign } from './foreign.ts';
import { createHealth, type Wish } from './health.ts';
import { pharmacy } from './pharmacy.ts';
import type { Profile } from './profile.ts';
import { createRandom, cumulate, hashOf } from './random.ts';
import { bareHandle, mentionOf } from './accounts.ts';
import type { Signal } from './world.ts';

/** A draft and who wrote it. */
export type Authored = { readonly draft: Draft; readonly account: Account };

export type Writer = {
  /** Something new on a platform. */
  post(platform: Platform): Authored;
  /** A post of the planted pair. */
  planted(platform: Platform, signal: Signal): Authored;
  reply(platform: Platform, to: Draft): Authored;
  /** A remark above a quoted post. */
  remark(platform: Platform): Authored;
  /** The same text from somebody else, a little changed. */
  copy(platform: Platform, of: Draft): Authored;
  title(draft: Draft): string;
  /** Sentences that lengthen somebody's own account, and say nothing of products. */
  fillers(count: number): string[];
  /** What stands under a headline. */
  story(): string;
  /** A group in which such a post stands. */
  group(draft: Draft): string;
};

export type WriterOptions = {
  readonly seed: number;
  readonly profile: Profile;
  readonly accounts: Accounts;
  readonly signal: Signal | undefined;
  /** About how many posts the world has, so that the written ones are spread over them. */
  readonly posts: number;
};

/** Chooses authors and what they write about. */
export function createWriter(options: WriterOptions): Writer {
  const { profile, accounts, signal } = options;
  const random = createRandom(hashOf(options.seed, 'writer'));
  const shop = pharmacy();
  const chatter = createChatter(random);
  const health = createHealth(random, shop, chatter, signal);
  const foreign = createForeign(random, shop, signal?.product);
  const written = writtenPosts(shop.products).filter(
    (draft) => draft.product !== signal?.product || draft.effects.length === 0,
  );
  shuffle(written);
  let used = 0;
  const writtenShare = Math.min(0.5, written.length / Math.max(1, options.posts * profile.relevant));
  const roles = profile.roles.map(([role]) => role);
  const weights = cumulate(profile.roles.map(([, weight]) => weight));

  function shuffle(list: unknown[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = random.int(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  const friendsOn =
    (platform: Platform): Friend =>
    () =>
      accounts.anybody(platform, random);

  function drawWish(): Wish {
    const role = roles[random.weighted(weights)] ?? 'plain-use';
    if (role !== 'stance') return { role };
    return { role, stance: random.chance(0.45) ? 'for' : random.chance(0.6) ? 'against' : 'neutral' };
  }

  /** One of the posts that were written whole, from somebody on this platform. */
  function fromCorpus(platform: Platform): Authored | undefined {
    const draft = written[used];
    if (!draft) return undefined;
    used++;
    const account = accounts.anybody(platform, random, 'en');
    const secrets: string[] = [];
    const text = draft.text.replaceAll('@user', () => {
      const friend = accounts.anybody(platform, random);
      secrets.push(bareHandle(friend));
      return mentionOf(friend);
    });
    return { account, draft: { ...draft, text, secrets } };
  }

  function relevant(platform: Platform): Authored {
    const friend = friendsOn(platform);
    if (platform === 'feed') {
      const account = accounts.robot(platform, random);
      return { account, draft: health.post(account, friend, { role: 'news' }) };
    }
    if (random.chance(writtenShare)) {
      const authored = fromCorpus(platform);
      if (authored) return authored;
    }
    const somebody = accounts.anybody(platform, random);
    const abroad = somebody.lang === 'en' ? undefined : foreign(somebody);
    if (abroad) return { account: somebody, draft: abroad };
    const wish = drawWish();
    const robot = wish.role === 'advert' || wish.role === 'news';
    const account = robot ? accounts.robot(platform, random) : accounts.anybody(platform, random, 'en');
    return { account, draft: health.post(account, friend, wish) };
  }

  return {
    post(platform) {
      if (random.chance(profile.relevant)) return relevant(platform);
      const friend = friendsOn(platform);
      if (platform === 'feed') {
        const robot = accounts.robot(platform, random);
        return { account: robot, draft: chatter.article(robot, friend) };
      }
      const account = accounts.author(platform, random);
      const figurative = account.lang === 'en' && random.chance(profile.figurative);
      return {
        account,
        draft: figurative ? chatter.figurative(account, friend) : chatter.post(account, friend),
      };
    },
    planted(platform, pair) {
      const account = accounts.anybody(platform, random, 'en');
      const product = shop.products.find(({ name }) => name === pair.product);
      const reaction = shop.reactions.find(({ term }) => term === pair.reaction);
      return {
        account,
        draft: health.post(account, friendsOn(platform), { role: 'effect', product, reaction }),
      };
    },
    reply(platform, to) {
      const aboutHealth = to.topic === 'health' && to.lang === 'en';
      const account = accounts.author(platform, random, aboutHealth ? 'en' : undefined);
      const friend = friendsOn(platform);
      return {
        account,
        draft: aboutHealth ? health.reply(account, friend, to) : chatter.reply(account, friend),
      };
    },
    remark(platform) {
      const account = accounts.author(platform, random);
      return { account, draft: chatter.reply(account, friendsOn(platform)) };
    },
    copy(platform, of) {
      const account =
        of.role === 'advert' || of.role === 'news'
          ? accounts.robot(platform, random)
          : accounts.anybody(platform, random, of.lang);
      const change = random.pick([' 👇', '!!', ' #repost', '.', ' ✨']);
      return { account, draft: { ...of, text: of.text + change } };
    },
    story: () => chatter.story(),
    group: (draft) => (draft.topic === 'health' ? health.group() : chatter.group()),
    title: (draft) =>
      draft.topic === 'health' && draft.lang === 'en' ? health.title(draft) : chatter.title(random),
    fillers: (count) => health.fillers(count),
  };
}
