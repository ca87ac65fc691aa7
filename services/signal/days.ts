const dayMs = 86_400_000;

/** The first day that there is. */
export const epoch = '1970-01-01';

/** Day of a moment (ms), days since 1970 UTC. */
export const dayOf = (ms: number): number => Math.floor(ms / dayMs);

/** `YYYY-MM-DD` of a day. */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** Day of `YYYY-MM-DD`; undefined where there is no such day. */
export function parseDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // A 31st of June becomes another day, or none.
  return Number.isNaN(ms) || dateOf(ms / dayMs) !== text ? undefined : ms / dayMs;
}
