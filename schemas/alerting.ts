import { z } from 'zod';
import { language, millis, sourceName } from './common.ts';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A stretch of time as people write it: `30m`, `12h`, `7d`, `2w`; at most a year. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[mhdw]$/, 'write it as 30m, 12h, 7d or 2w')
  .refine((text) => durationMs(text) <= 366 * units.d, 'at most a year');

/** Milliseconds of a duration. */
export function durationMs(text: string): number {
  const unit = text.at(-1) as keyof typeof units;
  return Number(text.slice(0, -1)) * units[unit];
}

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Names of rules, channels and calendars. */
export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'small letters, digits and hyphens');

const name = z.string().trim().min(1).max(200);
const names = (what: string) => z.array(name).max(200).default([]).describe(`${what}; empty means any`);

const shared = {
  id: slug.describe('name of the rule; a rule of the same name edited in the console takes its place'),
  title: z.string().trim().min(1).max(120).describe('first line of the message'),
  enabled: z.boolean().default(true).describe('whether the rule fires'),
  severity: z.enum(severities).default('warning').describe('how urgent it is'),
  lookBack: duration.default('1d').describe('stretch of time before now that the rule looks at'),
  coolDown: duration.default('1d').describe('after an alert, the same group is quiet for so long'),
  quietHours: slug
    .nullable()
    .default(null)
    .describe('calendar of alert.calendars during which messages wait; null sends at any time'),
  channels: z.array(slug).max(20).default([]).describe('channels of alert.channels; empty means all of them'),
  examples: z.int().min(0).max(20).default(5).describe('most ids of example posts in the message'),
  includeText: z
    .boolean()
    .default(false)
    .describe('whether the message carries the (masked) text of the examples'),
};

const scope = {
  products: names('products, by name, brand or id'),
  productClasses: names('groups of products, such as antidepressant'),
  terms: names('reactions, by name or id'),
  classes: names('organ classes, by name or id'),
  sources: z.array(sourceName).max(50).default([]).describe('only posts of these sources; empty means any'),
  languages: z.array(language).max(50).default([]).describe('only posts in these languages; empty means any'),
};

export const signalStatistics = ['prr', 'ror', 'ic', 'ebgm', 'chi-square', 'change-q'] as const;
export type SignalStatistic = (typeof signalStatistics)[number];

const signalRule = z.strictObject({
  kind: z.literal('signal').describe('a signal was detected, or new evidence lifts it over the limits'),
  ...shared,
  ...scope,
  groupBy: z.enum(['pair', 'product', 'term', 'rule']).default('pair').describe('what one alert stands for'),
  preset: z.string().max(40).nullable().default(null).describe('preset that must have fired, such as ema'),
  statistic: z
    .enum(signalStatistics)
    .nullable()
    .default(null)
    .describe('statistic that must reach `atLeast` (change-q: must be at most that)'),
  bound: z.enum(['value', 'lower']).default('lower').describe('the estimate or its lower limit'),
  atLeast: z.number().default(0).describe('limit for the statistic'),
  minPeople: z.int().min(1).max(1_000_000).default(3).describe('fewest people (distinct authors)'),
});

const seriousRule = z.strictObject({
  kind: z.literal('serious').describe('people report an important medical event, or words of seriousness'),
  ...shared,
  ...scope,
  groupBy: z.enum(['pair', 'product', 'term', 'rule']).default('pair').describe('what one alert stands for'),
  by: z
    .array(z.enum(['events', 'words']))
    .min(1)
    .default(['events', 'words'])
    .describe('the list of important medical events, words such as hospital, or either'),
  minPeople: z.int().min(1).max(1_000_000).default(2).describe('fewest people within the look-back'),
});

export const postKinds = ['pregnancy-exposure', 'death', 'overdose'] as const;
export type PostKind = (typeof postKinds)[number];

const postRule = z.strictObject({
  kind: z.literal('post').describe('any single post of a kind'),
  ...shared,
  ...scope,
  groupBy: z.enum(['post', 'product', 'rule']).default('product').describe('what one alert stands for'),
  of: z.enum(postKinds).describe('what the post tells of'),
  minProbability: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('least probability of an adverse effect; 0 takes every post that names a product'),
});

export const watches = ['source-silent', 'lag', 'gate-recall', 'drift', 'dead-letters'] as const;
export type Watch = (typeof watches)[number];

const pipelineRule = z.strictObject({
  kind: z.literal('pipeline').describe('something is wrong with the stream itself'),
  ...shared,
  watch: z.enum(watches).describe('what is watched'),
  sources: z.array(sourceName).max(50).default([]).describe('only these sources; empty means any'),
  limit: z
    .number()
    .min(0)
    .describe(
      'source-silent: minutes without a post; lag: records behind; gate-recall: least share; drift: greatest population stability index; dead-letters: records within the look-back',
    ),
});

const forgets = (rule: { kind: string; lookBack: string; coolDown: string }): boolean =>
  rule.kind === 'pipeline' || durationMs(rule.lookBack) >= durationMs(rule.coolDown);

/** A rule as it stands in the configuration or is saved from the console. */
export const ruleSchema = z
  .discriminatedUnion('kind', [signalRule, seriousRule, postRule, pipelineRule])
  .refine(forgets, {
    path: ['lookBack'],
    message: 'must be at least as long as coolDown, or what comes in meanwhile would be forgotten',
  });
export type Rule = z.infer<typeof ruleSchema>;
export type SignalRule = z.infer<typeof signalRule>;
export type SeriousRule = z.infer<typeof seriousRule>;
export type PostRule = z.infer<typeof postRule>;
export type PipelineRule = z.infer<typeof pipelineRule>;

/** A rule with where it comes from; version 0 is the configuration's. */
export type StoredRule = {
  readonly rule: Rule;
  readonly version: number;
  readonly person: string;
  readonly at: number;
};

/** Alerts that are shown but not sent, for a while. */
export const silenceSchema = z.strictObject({
  id: z.string().min(1).max(64),
  rule: z.string().max(48).describe('only alerts of this rule; empty: of all'),
  productId: z.string().max(100).describe('only of this product; empty: of all'),
  conceptId: z.string().max(100).describe('only of this reaction; empty: of all'),
  from: millis,
  until: millis,
  person: z.string().min(1).max(100),
  reason: z.string().trim().min(1, 'say why').max(500),
  at: millis,
});
export type Silence = z.infer<typeof silenceSchema>;

export const silenceRequestSchema = silenceSchema
  .omit({ id: true, person: true, at: true })
  .extend({
    rule: silenceSchema.shape.rule.default(''),
    productId: silenceSchema.shape.productId.default(''),
    conceptId: silenceSchema.shape.conceptId.default(''),
  })
  .refine(({ from, until }) => until > from, { path: ['until'], message: 'must be after from' });
export type SilenceRequest = z.input<typeof silenceRequestSchema>;

/** What became of one attempt, or was decided about a delivery. */
export const deliveryOutcomes = ['delivered', 'failed', 'given-up', 'gone', 'silenced', 'resend'] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** Why an attempt failed. A closed list. */
export const failureReasons = [
  'none',
  'status',
  'redirect',
  'rate-limited',
  'timeout',
  'connection',
  'name-not-found',
  'address-refused',
  'tls',
  'mail-refused',
  'bad-address',
] as const;
export type FailureReason = (typeof failureReasons)[number];

/** The state of one alert on one channel. */
export const deliverySchema = z.strictObject({
  alertId: z.string(),
  channel: slug,
  state: z.enum(['waiting', 'delivered', 'failed', 'given-up', 'gone', 'silenced']),
  attempts: z.int().min(0),
  at: millis.nullable().describe('of the last attempt'),
  nextAt: millis.nullable().describe('of the next attempt; null where there will be none'),
  reason: z.enum(failureReasons),
  status: z.int().min(0).describe('HTTP status of the last answer; 0 where there was none'),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** How often a rule would have fired. */
export const dryRunSchema = z.strictObject({
  rule: slug,
  from: millis,
  to: millis,
  alerts: z.int().min(0),
  perWeek: z.number(),
  held: z.int().min(0).describe('alerts that quiet hours would have held back for a while'),
  incomplete: z.boolean().describe('there was more than could be looked at'),
  first: z
    .array(
      z.strictObject({ at: millis, summary: z.string(), people: z.int(), posts: z.int(), value: z.number() }),
    )
    .describe('the newest ones, newest first'),
});
export type DryRun = z.infer<typeof dryRunSchema>;
