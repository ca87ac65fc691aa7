import type { ConfidenceFit } from '../../services/terminology/calibration.ts';
import type { Searched } from './mentions.ts';
import { ranked } from './rank.ts';
import {
  answerOf,
  calibrationError,
  crossAnswers,
  isHit,
  orders,
  shareOf,
  type Answer,
  type Interval,
} from './scores.ts';

const places = (value: number): string => value.toFixed(3);
const interval = ({ mean, low, high }: Interval): string =>
  `${places(mean)} (${places(low)} to ${places(high)})`;
const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** The sets, the real posts and the own ones together, and everything; with the places of their mentions. */
function groupsOf(searched: readonly Searched[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  searched.forEach(({ set }, at) => {
    for (const name of [set, `all ${set.split('-')[0]}`, 'all']) {
      groups.set(name, [...(groups.get(name) ?? []), at]);
    }
  });
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is answered with a term at this confidence, and how often that is right. */
function termLevel(answers: readonly Answer[], confidence: number): [share: string, precision: string] {
  const answered = answers.filter((one) => one.confidence >= confidence);
  const right = answered.filter(({ isRight }) => isRight).length;
  const share = answered.length / Math.max(1, answers.length);
  return [places(share), answered.length > 0 ? places(right / answered.length) : '-'];
}

/** Two tables: how often the right term is found, and how far its confidence can be believed. */
export function report(
  searched: readonly Searched[],
  { before, confidence }: { before: ConfidenceFit; confidence: number },
): string {
  const ways = { ...orders, 'as served': (one: Searched) => ranked(one, before) };
  const lines = [
    row('set', 'mentions', 'order', 'hit at 1', 'hit at 5'),
    row('---', '---', '---', '---', '---'),
  ];
  const groups = groupsOf(searched);
  for (const [name, at] of groups) {
    const some = at.flatMap((i) => searched[i] ?? []);
    for (const [way, order] of Object.entries(ways)) {
      const [first, five] = [1, 5].map((most) =>
        interval(
          shareOf(
            some,
            some.map((one) => isHit(order(one), most)),
          ),
        ),
      );
      lines.push(row(name, some.length, way, first ?? '', five ?? ''));
    }
  }
  lines.push(
    '',
    row('set', 'fit', 'hit at 1', 'calibration error', `share with a term at ${confidence}`, 'its precision'),
    row('---', '---', '---', '---', '---', '---'),
  );
  const fits = {
    before: searched.map((one) => answerOf(one, before)),
    'new, five folds': crossAnswers(searched),
  };
  for (const [name, at] of groups) {
    for (const [fit, answers] of Object.entries(fits)) {
      const some = at.flatMap((i) => answers[i] ?? []);
      const [share, precision] = termLevel(some, confidence);
      const hits = shareOf(
        at.flatMap((i) => searched[i] ?? []),
        some.map(({ isRight }) => isRight),
      );
      lines.push(row(name, fit, interval(hits), places(calibrationError(some)), share, precision));
    }
  }
  return lines.join('\n');
}
