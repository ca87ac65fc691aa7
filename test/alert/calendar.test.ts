import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCalendar } from '../../services/alert/calendar.ts';
import { calendarConfig } from '../../services/alert/config.ts';

const at = (text: string): number => Date.parse(text);
const nights = createCalendar(
  calendarConfig.parse({ name: 'nights', timeZone: 'Europe/Paris', weekly: [{}] }),
);
const weekend = createCalendar(
  calendarConfig.parse({
    name: 'weekend',
    weekly: [{ days: ['sat', 'sun'], from: '00:00', to: '00:00' }],
    dates: ['2026-12-25'],
    criticalPasses: false,
  }),
);

test.each([
  ['in the evening', nights, '2026-03-01T20:59:00Z', '2026-03-01T20:59:00Z'],
  ['from ten at night', nights, '2026-03-01T21:00:30Z', '2026-03-02T06:00:00Z'],
  ['after midnight', nights, '2026-03-02T03:00:00Z', '2026-03-02T06:00:00Z'],
  ['over the change to summer time', nights, '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
  ['over the change to winter time', nights, '2026-10-24T22:00:00Z', '2026-10-25T06:00:00Z'],
  ['a whole weekend', weekend, '2026-03-07T10:15:00Z', '2026-03-09T00:00:00Z'],
  ['a day by its date', weekend, '2026-12-25T10:00:00Z', '2026-12-28T00:00:00Z'],
])('%s', (_what, calendar, from, until) => {
  expect(new Date(calendar.sendAt(at(from), 'warning')).toISOString()).toBe(new Date(until).toISOString());
});

test('critical alerts pass unless the calendar says otherwise', () => {
  const night = at('2026-03-02T03:00:00Z');
  expect(nights.sendAt(night, 'critical')).toBe(night);
  const saturday = at('2026-03-07T10:15:00Z');
  expect(weekend.sendAt(saturday, 'critical')).toBeGreaterThan(saturday);
});

test('a calendar without an end does not hold a message for ever', () => {
  const always = createCalendar(
    calendarConfig.parse({ name: 'always', weekly: [{ from: '00:00', to: '00:00' }] }),
  );
  const now = at('2026-03-02T03:00:00Z');
  expect(always.sendAt(now, 'warning') - now).toBeLessThan(9 * 86_400_000);
});

test('a message is sent at the first minute that is not quiet, never before it was made', () => {
  const clock = fc
    .integer({ min: 0, max: 1439 })
    .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`);
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
  );
  const days = fc.uniqueArray(fc.constantFrom('mon' as const, 'wed' as const, 'sun' as const), {
    minLength: 1,
  });
  const time = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') });
  fc.assert(
    fc.property(clock, clock, zone, days, time, (from, to, timeZone, on, now) => {
      const calendar = createCalendar(
        calendarConfig.parse({ name: 'c', timeZone, weekly: [{ days: on, from, to }] }),
      );
      const sent = calendar.sendAt(now, 'info');
      expect(sent).toBeGreaterThanOrEqual(now);
      expect(calendar.isQuiet(sent)).toBe(false);
      if (sent > now) {
        expect(calendar.isQuiet(now)).toBe(true);
        expect(calendar.isQuiet(sent - 60_000)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['a time zone', { timeZone: 'Europe/Pariss' }],
  ['a clock', { weekly: [{ from: '25:00' }] }],
  ['a day', { weekly: [{ days: ['monday'] }] }],
  ['a date', { dates: ['2026-02-30'] }],
])('%s that does not exist is refused', (_what, values) => {
  expect(calendarConfig.safeParse({ name: 'c', ...values }).success).toBe(false);
});
