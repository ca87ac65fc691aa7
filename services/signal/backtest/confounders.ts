import type { RawMention } from './benchmark.ts';
import type { Draws } from './random.ts';

export type Stage = {
  readonly from: number;
  readonly to: number;
  readonly products: number;
  readonly reactions: number;
  /** Authors are numbered below it; accounts of campaigns lie above it. */
  readonly people: number;
  /** First number of a text that is not taken yet. */
  readonly cluster: number;
  /** People a week of each pair. */
  readonly rates: Float64Array;
  /** Pairs in which something real is planted; what is directed at one pair spares them. */
  readonly avoid: ReadonlySet<number>;
};

/** Events in the 30 weeks of a benchmark. */
const events = { newsOfProduct: 14, newsOfPair: 8, viral: 14, campaign: 8, outbreak: 3 } as const;

/**
 * Adds what raises counts and is no signal:
 * - news about a product: everything that is said of it rises threefold to eightfold and fades within days,
 * - news about a product and one reaction: mostly the same headline, passed on, and some words of people's own,
 * - a post that goes round: hundreds of copies, of which one in twenty is changed enough to count as new,
 * - campaigns of automated accounts: a few accounts, most of them known as automated, few texts, many posts,
 * - outbreaks: a reaction rises with all products for some weeks.
 */
export function addConfounders(mentions: RawMention[], draws: Draws, stage: Stage): void {
  let cluster = stage.cluster;
  const anyDay = (): number => stage.from + draws.below(stage.to - stage.from);
  const freePair = (): number => {
    let pair = draws.below(stage.products * stage.reactions);
    while (stage.avoid.has(pair)) pair = draws.below(stage.products * stage.reactions);
    return pair;
  };
  function add(day: number, pair: number, author: number, text: number, flagged = false): void {
    if (day > stage.to) return;
    const product = Math.floor(pair / stage.reactions);
    mentions.push({ day, product, reaction: pair % stage.reactions, author, cluster: text, flagged });
  }

  for (let i = 0; i < events.newsOfProduct; i++) {
    const product = draws.below(stage.products);
    const day = anyDay();
    const height = 2 + 5 * draws.uniform();
    for (let age = 0; age < 14; age++) {
      for (let reaction = 0; reaction < stage.reactions; reaction++) {
        const pair = product * stage.reactions + reaction;
        const more = ((stage.rates[pair] ?? 0) / 7) * height * Math.exp(-age / 4);
        for (let n = draws.poisson(more); n > 0; n--)
          add(day + age, pair, draws.below(stage.people), cluster++);
      }
    }
  }
  for (let i = 0; i < events.newsOfPair; i++) {
    const pair = freePair();
    const day = anyDay();
    const headline = cluster++;
    const size = 10 + draws.below(50);
    for (let age = 0; age < 6; age++) {
      for (let n = draws.poisson((size / 2) * Math.exp(-age / 1.2)); n > 0; n--) {
        const own = draws.uniform() < 0.2;
        add(day + age, pair, draws.below(stage.people), own ? cluster++ : headline);
      }
    }
  }
  for (let i = 0; i < events.viral; i++) {
    const pair = freePair();
    const day = anyDay();
    const text = cluster++;
    const size = 50 + draws.below(350);
    for (let n = 0; n < size; n++) {
      const age = Math.floor(-Math.log(1 - draws.uniform()) * 1.3);
      const changed = draws.uniform() < 0.05;
      add(day + age, pair, draws.below(stage.people), changed ? cluster++ : text);
    }
  }
  for (let i = 0; i < events.campaign; i++) {
    const pair = freePair();
    const day = anyDay();
    const accounts = 10 + draws.below(30);
    const texts = cluster;
    cluster += 5;
    const length = 3 + draws.below(18);
    for (let account = 0; account < accounts; account++) {
      const known = draws.uniform() < 0.75;
      for (let age = 0; age < length; age++) {
        for (let n = draws.poisson(1.5); n > 0; n--) {
          const changed = draws.uniform() < 0.15;
          const text = changed ? cluster++ : texts + draws.below(5);
          add(day + age, pair, stage.people + i * 100 + account, text, known);
        }
      }
    }
  }
  for (let i = 0; i < events.outbreak; i++) {
    const reaction = draws.below(stage.reactions);
    const day = anyDay();
    for (let age = 0; age < 35; age++) {
      const height = 1.5 * Math.sin((Math.PI * age) / 35);
      for (let product = 0; product < stage.products; product++) {
        const pair = product * stage.reactions + reaction;
        for (let n = draws.poisson(((stage.rates[pair] ?? 0) / 7) * height); n > 0; n--)
          add(day + age, pair, draws.below(stage.people), cluster++);
      }
    }
  }
}
