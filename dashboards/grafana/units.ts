import type { Threshold as Step } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Threshold, Unit } from '../panel.ts';

const names: Readonly<Record<Unit, string>> = {
  people: 'short',
  posts: 'short',
  records: 'short',
  count: 'short',
  share: 'percentunit',
  probability: 'none',
  ratio: 'none',
  seconds: 's',
  'per-second': 'suffix: /s',
};
const wholes: ReadonlySet<Unit> = new Set(['people', 'posts', 'records', 'count']);

/** Grafana's name of a unit. */
export const unitName = (unit: Unit): string => names[unit];

/** Digits behind the point where a panel does not say. */
export function decimalsOf(unit: Unit | undefined): number | undefined {
  if (unit === undefined) return undefined;
  if (wholes.has(unit)) return 0;
  return unit === 'seconds' ? undefined : unit === 'share' ? 1 : 2;
}

/** Named colours of Grafana, which follow the light and the dark theme. */
const colours = { calm: 'green', watch: 'orange', act: 'red' } as const;

export function steps(thresholds: readonly Threshold[]): Step[] {
  return thresholds.map(({ from, tone }) => ({ value: from, color: colours[tone] }));
}
