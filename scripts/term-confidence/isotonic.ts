import { calibrated, type Calibration } from '../../services/terminology/calibration.ts';

/** A score and whether what had it was right. */
export type Outcome = readonly [score: number, isRight: boolean];

type Block = { sum: number; right: number; count: number };

const joined = (a: Block, b: Block): Block => ({
  sum: a.sum + b.sum,
  right: a.right + b.right,
  count: a.count + b.count,
});

/** Isotonic regression: blocks of neighbouring scores, their shares of right ones strictly growing. */
function blocksOf(outcomes: readonly Outcome[]): Block[] {
  // Equal scores are one from the start: their order means nothing.
  const equal = new Map<number, Block>();
  for (const [score, isRight] of outcomes.toSorted(([a], [b]) => a - b)) {
    const one = { sum: score, right: isRight ? 1 : 0, count: 1 };
    const others = equal.get(score);
    equal.set(score, others ? joined(others, one) : one);
  }
  const blocks: Block[] = [];
  for (let block of equal.values()) {
    for (;;) {
      const before = blocks.at(-1);
      if (!before || before.right * block.count < block.right * before.count) break;
      block = joined(before, block);
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks;
}

/** Blocks put together until each has enough members for its share to mean something. */
function atLeast(blocks: readonly Block[], count: number): Block[] {
  const kept: Block[] = [];
  for (const block of blocks) {
    const before = kept.at(-1);
    if (before && before.count < count) kept.push(joined(kept.pop() ?? before, block));
    else kept.push(block);
  }
  const last = kept.at(-1);
  const before = kept.at(-2);
  if (last && before && last.count < count) kept.splice(-2, 2, joined(before, last));
  return kept;
}

/** The share of right ones by score, never falling: a knot at the mean of each block of isotonic regression. */
export function calibrationOf(outcomes: readonly Outcome[], most = 8): Calibration {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  const knots: [number, number][] = [];
  for (const { sum, right, count } of atLeast(blocksOf(outcomes), outcomes.length / (10 * most))) {
    // One half of a right and of a wrong one more: no share is 0 or 1.
    const share = Math.max(knots.at(-1)?.[1] ?? 0, round((right + 0.5) / (count + 1)));
    const score = round(sum / count);
    const before = knots.at(-1);
    if (before && before[0] >= score) before[1] = share;
    else knots.push([score, share]);
  }
  while (knots.length > most) knots.splice(closest(knots), 1);
  return knots;
}

/** The inner knot that the line between its neighbours replaces best. */
function closest(knots: readonly (readonly [number, number])[]): number {
  let best = 1;
  let least = Infinity;
  for (let at = 1; at < knots.length - 1; at++) {
    const [score = 0, share = 0] = knots[at] ?? [];
    const off = Math.abs(calibrated(score, knots.toSpliced(at, 1)) - share);
    if (off < least) [best, least] = [at, off];
  }
  return best;
}
