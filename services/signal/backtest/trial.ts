import type { History } from '../history.ts';
import { createHistory, type Mention } from '../history.ts';
import type { Named, ReactionName } from '../grid.ts';
import type { Benchmark, RawMention } from './benchmark.ts';
import type { Known } from './figures.ts';
import { finder, type Reference } from './reference.ts';
import type { Replay } from './replay.ts';

/** The rules of counting: nothing automated, no adverts, of each text only the first. In the order of days. */
export function* counted(mentions: Iterable<RawMention>): Generator<Mention> {
  const texts = new Set<number>();
  for (const mention of mentions) {
    if (mention.flagged || texts.has(mention.cluster)) continue;
    texts.add(mention.cluster);
    yield mention;
  }
}

/** The history of a benchmark as the tables would count it. */
export function historyOfBenchmark(benchmark: Benchmark): History {
  return createHistory(counted(benchmark.mentions), benchmark);
}

export type Matching = {
  readonly known: Known;
  /** References whose product or reaction was never spoken of. */
  readonly missing: readonly Reference[];
};

/** What is known of each pair of a replay. */
export function match(
  references: readonly Reference[],
  played: Pick<Replay, 'productOf' | 'reactionOf'>,
  names: { readonly products: readonly Named[]; readonly reactions: readonly ReactionName[] },
): Matching {
  const product = finder(names.products);
  const reaction = finder(names.reactions);
  const pairs = new Map<string, number>();
  for (const [pair, at] of played.productOf.entries()) pairs.set(`${at} ${played.reactionOf[pair]}`, pair);
  const known: (Reference | undefined)[] = Array.from(played.productOf, () => undefined);
  const missing: Reference[] = [];
  for (const reference of references) {
    const pair = pairs.get(`${product(reference.product)} ${reaction(reference.reaction)}`);
    if (pair === undefined) missing.push(reference);
    else known[pair] = reference;
  }
  return { known, missing };
}
