/** A decoded JSON object of unknown content. */
export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object, or undefined for anything else. */
export const objectOf = (value: unknown): Json | undefined => (isObject(value) ? value : undefined);

/** The elements, or none for anything that is not an array. */
export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The string when it is one with something in it. */
export const stringOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** An identifier as a string; numbers only where they are exact. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** An offset behind a time or at the end, or one of the names of zones that JavaScript knows. */
const zone =
  /\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[ap]m\s*)?(?:z|[+-]\d)|\s[+-]\d\d:?\d\d$|\b(?:ut|utc|gmt|[ecmp][sd]t)\b/i;
const isoTime = /^[+-]?\d{4,6}-\d\d(?:-\d\d)?T/i;

/**
 * Milliseconds of a date in ISO 8601, RFC 2822 or Twitter's form, or as JavaScript reads it otherwise (so
 * 03/04/2024 is the fourth of March); NaN when it is none. A time without a zone is UTC, on every machine.
 */
export function timeOf(value: unknown): number {
  if (typeof value !== 'string' || value.length >= 64) return Number.NaN;
  const date = value.trim();
  if (zone.test(date)) return Date.parse(date);
  return Date.parse(isoTime.test(date) ? `${date}Z` : `${date} UTC`);
}

/** Milliseconds of a time in seconds, as a number or in digits; NaN when it is none. */
export function secondsOf(value: unknown): number {
  const seconds = typeof value === 'string' && /^\d{1,12}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.round(seconds * 1000) : Number.NaN;
}

/** Revision of a post that was edited at `edited`: seconds since it was written, at least 1. */
export function editRevision(created: number, edited: number): number {
  if (!Number.isFinite(created) || !Number.isFinite(edited) || edited <= created) return 1;
  return Math.min(2_147_483_647, Math.max(1, Math.floor((edited - created) / 1000)));
}
