import { earsReweighted } from './ears-reweighted.ts';
import { ears } from './ears.ts';
import { negativeBinomialChange, poissonChange } from './exact.ts';
import { farrington } from './farrington.ts';
import type { Judge } from './series.ts';

/** A detector at its defaults. `bin` is the length of the bins that it is meant for. */
export type Detector = {
  readonly title: string;
  readonly source: string;
  readonly bin: 'day' | 'week';
  create(): Judge;
};

/** The detectors that judge a bin by those before it. CUSUM runs over the whole series: see `cusum`. */
export const detectors = {
  'ears-c1': { title: 'EARS C1', source: 'Hutwagner and others 2003', bin: 'day', create: () => ears('C1') },
  'ears-c2': { title: 'EARS C2', source: 'Hutwagner and others 2003', bin: 'day', create: () => ears('C2') },
  'ears-c3': { title: 'EARS C3', source: 'Hutwagner and others 2003', bin: 'day', create: () => ears('C3') },
  'ears-reweighted': {
    title: 'EARS, outliers of the baseline weigh less',
    source: 'Espinosa and others 2022 (epitweetr)',
    bin: 'day',
    create: () => earsReweighted(),
  },
  'ears-weekday': {
    title: 'EARS, reweighted, same weekday',
    source: 'Espinosa and others 2022 (epitweetr)',
    bin: 'day',
    create: () => earsReweighted({ sameWeekday: true }),
  },
  poisson: {
    title: 'Exact Poisson test of a week',
    source: 'Przyborowski and Wilenski 1940',
    bin: 'day',
    create: () => poissonChange(),
  },
  'negative-binomial': {
    title: 'Negative binomial test of a week',
    source: 'moments of the weeks before',
    bin: 'day',
    create: () => negativeBinomialChange(),
  },
  farrington: {
    title: 'Farrington, flexible',
    source: 'Noufaily and others 2013',
    bin: 'week',
    create: () => farrington(),
  },
} as const satisfies Readonly<Record<string, Detector>>;

export type DetectorName = keyof typeof detectors;
