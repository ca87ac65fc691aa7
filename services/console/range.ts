import type { AppContext } from './env.ts';

const dayMs = 86_400_000;

/** Stretches that the header offers, in days up to now. */
export const presets = [
  ['24h', 1, 'Last 24 hours'],
  ['7d', 7, 'Last 7 days'],
  ['28d', 28, 'Last 28 days'],
  ['90d', 90, 'Last 90 days'],
  ['365d', 365, 'Last 365 days'],
] as const;

const fallback = '28d';

export type TimeRange = {
  /** First millisecond since 1970 UTC. */
  readonly from: number;
  /** One past the last millisecond. */
  readonly to: number;
  /** One of the presets, or `custom`. */
  readonly key: string;
  readonly label: string;
};

function dayOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * The stretch of time that the address asks for: `?range=7d`, or `?from=2026-01-01&to=2026-01-31` (whole
 * days, UTC, both included). What cannot be read counts as not given: a link that is cut off still opens.
 */
export function rangeOf(query: (name: string) => string | undefined, now: number): TimeRange {
  const [from, to] = [dayOf(query('from')), dayOf(query('to'))];
  if (from !== undefined && to !== undefined && from <= to) {
    return { from, to: to + dayMs, key: 'custom', label: `${isoDay(from)} to ${isoDay(to)}` };
  }
  const asked = query('range') ?? fallback;
  const [key, days, label] = presets.find(([name]) => name === asked) ?? presets[2];
  return { from: now - days * dayMs, to: now, key, label };
}

/** A UTC day as 2026-01-31. */
export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Two stretches of `days` whole UTC days each: from `first` to before `middle`, and from there to before `end`. */
export type Halves = {
  readonly first: string;
  readonly middle: string;
  readonly end: string;
  readonly days: number;
};

/**
 * The last whole days of a stretch in two halves of as many days each, to compare them; a day that is not over does
 * not belong to it, and of an odd number the first is left out. Undefined where there are fewer than two.
 */
export function halvesOf({ from, to }: TimeRange, now: number): Halves | undefined {
  const dayOn = (ms: number): number => Math.floor(ms / dayMs);
  const end = dayOn(Math.min(to, now));
  const days = Math.floor((end - dayOn(from)) / 2);
  if (days < 1) return undefined;
  const day = (number: number): string => isoDay(number * dayMs);
  return { first: day(end - 2 * days), middle: day(end - days), end: day(end), days };
}

const stretchNames = ['range', 'from', 'to'];

/**
 * Address of a page that keeps the time range of the present one, unless the parameters name one of their own;
 * other parameters are those given.
 */
export function linkTo(c: AppContext, path: string, params: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams();
  const ownStretch = stretchNames.some((name) => Object.hasOwn(params, name));
  for (const name of ownStretch ? [] : stretchNames) {
    const value = c.req.query(name);
    if (value) query.set(name, value);
  }
  for (const [name, value] of Object.entries(params)) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
