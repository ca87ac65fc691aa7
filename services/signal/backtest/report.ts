import { contenders, type Contender } from './contenders.ts';
import {
  areaUnder,
  medianOf,
  ppvOf,
  sensitivityOf,
  tally,
  wilson,
  type CountingOptions,
  type Tally,
  type Trial,
} from './figures.ts';
import type { Matching } from './trial.ts';
import type { Replay } from './replay.ts';

/** A replay with what is known of its pairs. */
export type Played = Matching & { readonly replay: Replay };

export type Point = {
  readonly threshold: number;
  readonly sensitivity: number;
  /** The same, of the group that the report is about. */
  readonly groupSensitivity: number;
  readonly wrongPerWeek: number;
  readonly controlShare: number;
};

export type ContenderReport = {
  readonly id: string;
  readonly title: string;
  readonly kind: Contender['kind'];
  readonly statistic: string;
  readonly threshold: number;
  readonly known: number;
  readonly found: number;
  readonly sensitivity: number;
  readonly sensitivityInterval: readonly [number, number];
  readonly wrong: number;
  readonly ppv: number;
  readonly ppvInterval: readonly [number, number];
  readonly alertsPerWeek: number;
  readonly wrongPerWeek: number;
  readonly lag: { readonly median: number; readonly low: number; readonly high: number } | null;
  readonly lags: readonly number[];
  readonly area: number;
  readonly groups: readonly { readonly group: string; readonly known: number; readonly found: number }[];
  /** Sensitivity of the group at no more wrong alerts than the first contender sends; null where it never is so quiet. */
  readonly atEqualWrong: number | null;
  readonly sweep: readonly Point[];
};

export type Report = {
  readonly trials: number;
  readonly pairs: number;
  readonly weeks: number;
  readonly group: string | null;
  readonly options: CountingOptions;
  readonly contenders: readonly ContenderReport[];
};

function groupShare(one: Tally, group: string | null): number {
  if (group === null) return sensitivityOf(one);
  const found = one.groups.get(group);
  return found ? sensitivityOf(found) : 0;
}

/**
 * Counts alerts of every contender at its threshold and over its sweep.
 * @param group which group of references is compared at equal wrong alerts; `null`: all of them
 */
export function reportOf(
  played: readonly Played[],
  options: CountingOptions,
  group: string | null = null,
  compared: readonly Contender[] = contenders,
): Report {
  let allowed = 0;
  const reports = compared.map((contender, at): ContenderReport => {
    const trials = played.map(({ replay, known, missing }): Trial => {
      const scores = replay.scores[at];
      if (!scores) throw new RangeError('a replay lacks a contender');
      return { scores, known, missing, from: replay.from, to: replay.to };
    });
    const own = tally(trials, contender.threshold, options);
    if (at === 0) allowed = own.wrong;
    const sweep = contender.sweep.map((threshold) => tally(trials, threshold, options));
    const quiet = [...sweep, own]
      .filter(({ wrong }) => wrong <= allowed)
      .map((one) => groupShare(one, group));
    return {
      id: contender.id,
      title: contender.title,
      kind: contender.kind,
      statistic: contender.statistic,
      threshold: contender.threshold,
      known: own.known,
      found: own.found,
      sensitivity: sensitivityOf(own),
      sensitivityInterval: wilson(own.found, own.known),
      wrong: own.wrong,
      ppv: ppvOf(own),
      ppvInterval: wilson(own.found, own.found + own.wrong),
      alertsPerWeek: own.alerts / own.weeks,
      wrongPerWeek: own.wrong / own.weeks,
      lag: medianOf(own.lags) ?? null,
      lags: own.lags,
      area: areaUnder(sweep),
      groups: [...own.groups]
        .map(([name, counts]) => ({ group: name, ...counts }))
        .sort((a, b) => (a.group < b.group ? -1 : 1)),
      atEqualWrong: quiet.length === 0 ? null : Math.max(...quiet),
      sweep: sweep.map((one) => ({
        threshold: one.threshold,
        sensitivity: sensitivityOf(one),
        groupSensitivity: groupShare(one, group),
        wrongPerWeek: one.wrong / one.weeks,
        controlShare: one.controls === 0 ? 0 : one.controlsAlerted / one.controls,
      })),
    };
  });
  const [first] = played;
  return {
    trials: played.length,
    pairs: first?.replay.productOf.length ?? 0,
    weeks: played.reduce((sum, { replay }) => sum + (replay.to - replay.from + 1) / 7, 0),
    group,
    options,
    contenders: reports,
  };
}
