import type { Severity } from '../../schemas/alerting.ts';
import { weekdays, type CalendarConfig } from './config.ts';

const minute = 60_000;
/** A calendar that is never open would hold a message for ever. */
const longest = 8 * 24 * 60;

type Local = { readonly date: string; readonly day: number; readonly minutes: number };

/** Reads the wall clock of a time zone; one formatter for each calendar, since making one is slow. */
function wallClock(timeZone: string): (at: number) => Local {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(at)) parts[type] = value;
    const day = (parts['weekday'] ?? '').slice(0, 3).toLowerCase();
    return {
      date: `${parts['year']}-${parts['month']}-${parts['day']}`,
      day: weekdays.findIndex((name) => name === day),
      minutes: Number(parts['hour']) * 60 + Number(parts['minute']),
    };
  };
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** Quiet hours as a function of time (ms since 1970). */
export function createCalendar(config: CalendarConfig) {
  const local = wallClock(config.timeZone);
  const spans = config.weekly.map(({ days, from, to }) => ({
    days: new Set(days.map((day) => weekdays.indexOf(day))),
    from: minutesOf(from),
    to: minutesOf(to),
  }));
  const dates = new Set(config.dates);

  function isQuiet(at: number): boolean {
    const { date, day, minutes } = local(at);
    if (dates.has(date)) return true;
    const before = (day + 6) % 7;
    return spans.some(({ days, from, to }) =>
      from < to
        ? days.has(day) && minutes >= from && minutes < to
        : (days.has(day) && minutes >= from) || (days.has(before) && minutes < to),
    );
  }

  return {
    isQuiet,
    /** When a message of this time may be sent: at once, or at the first minute that is not quiet. */
    sendAt(at: number, severity: Severity): number {
      if (severity === 'critical' && config.criticalPasses) return at;
      if (!isQuiet(at)) return at;
      let next = at - (at % minute) + minute;
      for (let steps = 0; steps < longest && isQuiet(next); steps++) next += minute;
      return next;
    },
  };
}
export type Calendar = ReturnType<typeof createCalendar>;
