import type { ChangeOptions } from './change.ts';
import type { PresetName } from './statistics/presets.ts';

/**
 * When a machine calls a pair a signal. Every signal names its criteria with their version; the version changes
 * whenever what they decide changes, and what an older version found keeps that version.
 */
export type Criteria = {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** One sentence for the pages. */
  readonly rule: string;
  readonly change: ChangeOptions;
  /** False discovery rate over all pairs of one scan (Benjamini and Hochberg 1995). */
  readonly q: number;
  /** Fewest people in the stretch in which the rise is clearest. */
  readonly people: number;
  /** Least ratio of people to what was expected. */
  readonly ratio: number;
  /** Largest probability of the stretch without its fullest days; 1 asks nothing. */
  readonly rest: number;
  /** A preset of disproportionality that must fire, too. */
  readonly preset: PresetName | null;
};

const steady: ChangeOptions = {
  windows: [14, 28],
  shrinkage: 30,
  leastGrowth: 0.8,
  priorShape: 0.5,
  dispersion: 200,
  peaks: 3,
};

/** The criteria that can be chosen, by id. */
export const criteria = {
  rise: {
    id: 'rise',
    version: 1,
    title: 'Steady rise',
    rule: 'in the last 14 or 28 days at least 5 people and half as many again as expected, q <= 0.05, and still more than expected without the three fullest days',
    change: steady,
    q: 0.05,
    people: 5,
    ratio: 1.5,
    rest: 0.02,
    preset: null,
  },
  'rise-and-disproportion': {
    id: 'rise-and-disproportion',
    version: 1,
    title: 'Steady rise of a disproportionate pair',
    rule: 'as rise, and the lower bound of the information component above 0 (preset umc)',
    change: steady,
    q: 0.05,
    people: 5,
    ratio: 1.5,
    rest: 0.02,
    preset: 'umc',
  },
  surge: {
    id: 'surge',
    version: 1,
    title: 'Sudden surge',
    rule: 'in the last 7 days at least 10 people and three times as many as expected, q <= 0.01; a burst of one day is enough',
    change: { ...steady, windows: [7] },
    q: 0.01,
    people: 10,
    ratio: 3,
    rest: 1,
    preset: null,
  },
} as const satisfies Readonly<Record<string, Criteria>>;

export type CriteriaName = keyof typeof criteria;
export const criteriaNames = Object.keys(criteria) as [CriteriaName, ...CriteriaName[]];

/** `id@version`, as signals and scores keep it. */
export const criteriaId = ({ id, version }: Criteria): string => `${id}@${version}`;
