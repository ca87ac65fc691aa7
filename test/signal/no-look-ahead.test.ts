import { describe, expect, test } from 'vitest';
import { createBenchmark } from '../../services/signal/backtest/benchmark.ts';
import { contenders } from '../../services/signal/backtest/contenders.ts';
import { replay, type Replay } from '../../services/signal/backtest/replay.ts';
import { counted } from '../../services/signal/backtest/trial.ts';
import { createHistory } from '../../services/signal/history.ts';

const benchmark = createBenchmark(7);
const mentions = [...counted(benchmark.mentions)];
const from = benchmark.scoredFrom + 40;
const cut = from + 6;

/** Scores by pair and day, of the pairs that score at all. */
function scoresOf(played: Replay): Map<string, number> {
  const all = new Map<string, number>();
  for (const { contender, days } of played.scores) {
    for (const [day, scores] of days.entries()) {
      for (const [pair, score] of scores.entries()) {
        if (score === -Infinity) continue;
        all.set(`${contender.id} ${day} ${played.productOf[pair]} ${played.reactionOf[pair]}`, score);
      }
    }
  }
  return all;
}

describe('a back-test never looks ahead', () => {
  const past = createHistory(
    mentions.filter(({ day }) => day <= cut),
    benchmark,
  );
  const options = { from, to: cut, windowDays: 365 };
  const known = scoresOf(replay(past, options));

  test('every contender scores something', () => {
    const ids = new Set([...known.keys()].map((key) => key.split(' ')[0]));
    expect(ids).toEqual(new Set(contenders.map(({ id }) => id)));
  });

  test('what comes later changes no score of the days before, of any contender', () => {
    const whole = scoresOf(replay(createHistory(mentions, benchmark), options));
    expect(whole).toEqual(known);
  });

  test('nor does a flood on every pair from the next day on', () => {
    const flood = Array.from({ length: 20_000 }, (_, i) => ({
      day: cut + 1 + (i % 5 === 0 ? 1 : 0),
      product: i % 25,
      reaction: (i * 7) % 20,
      author: i,
    })).sort((a, b) => a.day - b.day);
    const flooded = createHistory([...mentions.filter(({ day }) => day <= cut), ...flood], benchmark);
    expect(scoresOf(replay(flooded, options))).toEqual(known);
  });

  test('the same flood a day earlier would be seen', () => {
    const flood = Array.from({ length: 200 }, (_, i) => ({
      day: cut,
      product: 3,
      reaction: 4,
      author: 50_000 + i,
    }));
    const flooded = createHistory([...mentions.filter(({ day }) => day <= cut), ...flood], benchmark);
    expect(scoresOf(replay(flooded, options))).not.toEqual(known);
  });
});
