import type { ConfidenceFit } from '../../services/terminology/calibration.ts';
import { createDraws } from '../../services/signal/backtest/random.ts';
import { fitOf } from './fit.ts';
import type { Found, Searched } from './mentions.ts';
import { ranked } from './rank.ts';

/** Ways to order the candidates of a mention. */
export const orders = {
  words: ({ found }: Searched) => byScore(found, (one) => one.words),
  vectors: ({ found }: Searched) => byScore(found, (one) => one.vector),
  'reciprocal rank': ({ found }: Searched) => found,
} as const satisfies Record<string, (searched: Searched) => readonly Found[]>;

const byScore = (found: readonly Found[], score: (one: Found) => number): Found[] =>
  found.filter((one) => score(one) > 0).sort((a, b) => score(b) - score(a));

export const isHit = (found: readonly Found[], most: number): boolean =>
  found.slice(0, most).some(({ isRight }) => isRight);

export type Interval = { readonly mean: number; readonly low: number; readonly high: number };

/** A share with its interval of 95 % by drawing whole posts 1,000 times, the same ones at every run. */
export function shareOf(searched: readonly Searched[], values: readonly boolean[]): Interval {
  const posts = new Map<number, [right: number, count: number]>();
  searched.forEach(({ post }, i) => {
    const [right, count] = posts.get(post) ?? [0, 0];
    posts.set(post, [right + (values[i] ? 1 : 0), count + 1]);
  });
  const each = [...posts.values()];
  const draws = createDraws(1);
  const drawn = Array.from({ length: 1000 }, () => {
    let [right, count] = [0, 0];
    for (let n = 0; n < each.length; n++) {
      const [more, of] = each[draws.below(each.length)] ?? [0, 0];
      right += more;
      count += of;
    }
    return right / Math.max(1, count);
  }).sort((a, b) => a - b);
  const mean = values.filter(Boolean).length / Math.max(1, values.length);
  return { mean, low: drawn[25] ?? 0, high: drawn[974] ?? 0 };
}

/** The first candidate's confidence and whether it is right; nothing found is a sure miss. */
export type Answer = { readonly confidence: number; readonly isRight: boolean };

export function answerOf(searched: Searched, fit: ConfidenceFit): Answer {
  const [first] = ranked(searched, fit);
  return first ?? { confidence: 0, isRight: false };
}

const folds = 5;

/** Answers of each mention by a fit to the posts of the other folds, in the order of the mentions. */
export function crossAnswers(searched: readonly Searched[]): Answer[] {
  const posts = [...new Set(searched.map(({ post }) => post))].sort((a, b) => a - b);
  const foldOf = new Map(posts.map((post, at) => [post, at % folds]));
  const fits = Array.from({ length: folds }, (_, fold) =>
    fitOf(searched.filter(({ post }) => foldOf.get(post) !== fold)),
  );
  return searched.flatMap((one) => {
    const fit = fits[foldOf.get(one.post) ?? 0];
    return fit ? [answerOf(one, fit)] : [];
  });
}

/** Mean distance of stated confidence and share of right ones, over ten groups of equal size by confidence. */
export function calibrationError(answers: readonly Answer[], groups = 10): number {
  const sorted = answers.toSorted((a, b) => a.confidence - b.confidence);
  let off = 0;
  for (let group = 0; group < groups; group++) {
    const some = sorted.slice(
      Math.floor((group * sorted.length) / groups),
      Math.floor(((group + 1) * sorted.length) / groups),
    );
    off += Math.abs(some.reduce((sum, { confidence, isRight }) => sum + confidence - (isRight ? 1 : 0), 0));
  }
  return off / Math.max(1, answers.length);
}
