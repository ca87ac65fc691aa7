import { z } from 'zod';
import { duration, ruleSchema, slug } from '../../schemas/alerting.ts';
import { channelConfigs } from './channels/index.ts';
import { defaultRules } from './default-rules.ts';

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as 22:00');
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const calendarConfig = z.strictObject({
  name: slug.describe('what rules call it'),
  timeZone: z
    .string()
    .default('UTC')
    .refine(isTimeZone, 'must be a time zone such as Europe/Paris')
    .describe('time zone of the hours and days'),
  weekly: z
    .array(
      z.strictObject({
        days: z
          .array(z.enum(weekdays))
          .min(1)
          .default([...weekdays])
          .describe('days on which it begins'),
        from: clockTime.default('22:00').describe('begin'),
        to: clockTime.default('07:00').describe('end; not later than `from` means on the next day'),
      }),
    )
    .default([])
    .describe('quiet hours of every week'),
  dates: z
    .array(z.iso.date())
    .default([])
    .describe('days, YYYY-MM-DD, that are quiet from midnight to midnight'),
  criticalPasses: z.boolean().default(true).describe('whether critical alerts are sent all the same'),
});
export type CalendarConfig = z.infer<typeof calendarConfig>;

const distinct = (what: string, key: 'name' | 'id') =>
  [
    (list: readonly Record<string, unknown>[]) => new Set(list.map((one) => one[key])).size === list.length,
    `two ${what} share a name`,
  ] as const;

export const alertConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('whether `start` watches for what should be told'),
  everySeconds: z.number().min(1).max(3600).default(15).describe('pause between two looks at the rules'),
  consoleUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'address of the console as the readers of messages reach it; the links in them begin with it; its own address on this machine when not given',
    ),
  rules: z
    .array(ruleSchema)
    .default(defaultRules)
    .refine(...distinct('rules', 'id'))
    .describe('what is told; the console can add rules and change these'),
  channels: z
    .array(z.discriminatedUnion('driver', channelConfigs))
    .default([])
    .refine(...distinct('channels', 'name'))
    .describe('where messages are sent; the console shows every alert in any case'),
  calendars: z
    .array(calendarConfig)
    .default([])
    .refine(...distinct('calendars', 'name'))
    .describe('quiet hours that rules may name'),
  keepTrying: duration
    .default('14d')
    .describe('an alert that is older than this is no longer sent by itself, only by hand'),
});
type AlertSettings = z.infer<typeof alertConfig>;
/** The settings with the address of the console known. */
export type AlertConfig = AlertSettings & { readonly consoleUrl: string };
