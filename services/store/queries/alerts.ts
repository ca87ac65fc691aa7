/** What the alert stage keeps about itself: rules, alerts, deliveries, channels and silences. */

export type RuleRow = {
  readonly id: string;
  readonly version: number;
  readonly rule: string;
  readonly person: string;
  readonly at: number;
  readonly deleted: boolean;
};

/** The newest version of every rule that was saved from the console, deleted ones included. */
export const savedRulesSql = `
SELECT id, version, rule, person, toUnixTimestamp64Milli(at) AS at, deleted
FROM vigilstream.alert_rules
ORDER BY version DESC, at DESC
LIMIT 1 BY id`;

/** Every version of one rule, newest first. */
export const ruleHistorySql = `
SELECT id, version, rule, person, toUnixTimestamp64Milli(at) AS at, deleted
FROM vigilstream.alert_rules
WHERE id = {id:String}
ORDER BY version DESC, at DESC`;

export type LedgerRow = {
  readonly id: string;
  readonly rule: string;
  readonly groupKey: string;
  readonly at: number;
  readonly items: readonly string[];
};

/** What has been told since a time (ms), oldest first. */
export const ledgerSql = `
SELECT id, rule, group_key AS groupKey, toUnixTimestamp64Milli(alerts.at) AS at, items
FROM vigilstream.alerts AS alerts FINAL
WHERE alerts.at >= fromUnixTimestamp64Milli({since:Int64})
ORDER BY alerts.at`;

/** The last alert of one group before a time (ms). */
export const lastAlertSql = `
SELECT id, rule, group_key AS groupKey, toUnixTimestamp64Milli(alerts.at) AS at, items
FROM vigilstream.alerts AS alerts
WHERE rule = {rule:String} AND group_key = {group:String} AND alerts.at < fromUnixTimestamp64Milli({before:Int64})
ORDER BY alerts.at DESC
LIMIT 1`;

export type AlertRow = {
  readonly id: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly kind: string;
  readonly severity: string;
  readonly title: string;
  readonly summary: string;
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly classId: string;
  readonly class: string;
  readonly source: string;
  readonly signalId: string;
  readonly people: number;
  readonly posts: number;
  readonly statistic: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly examples: readonly string[];
  readonly channels: readonly string[];
  readonly includeText: boolean;
  readonly at: number;
  readonly sendAt: number;
};

const alertColumns = (from: string): string => `
    ${from}id AS id, ${from}rule AS rule, ${from}rule_version AS ruleVersion, ${from}kind AS kind,
    ${from}severity AS severity, ${from}title AS title, ${from}summary AS summary,
    ${from}product_id AS productId, ${from}product AS product, ${from}concept_id AS conceptId,
    ${from}concept AS concept, ${from}class_id AS classId, ${from}class AS class,
    ${from}source AS source, ${from}signal_id AS signalId,
    ${from}people AS people, ${from}posts AS posts, ${from}statistic AS statistic, ${from}value AS value,
    toUnixTimestamp64Milli(${from}from) AS from, toUnixTimestamp64Milli(${from}to) AS to,
    ${from}examples AS examples, ${from}channels AS channels, ${from}include_text AS includeText,
    toUnixTimestamp64Milli(${from}at) AS at, toUnixTimestamp64Milli(${from}send_at) AS sendAt`;

/** The newest alerts before a time (ms); an empty rule means all of them. */
export const alertsSql = `
SELECT ${alertColumns('alerts.')}
FROM vigilstream.alerts AS alerts FINAL
WHERE alerts.at <= fromUnixTimestamp64Milli({before:Int64})
  AND ({rule:String} = '' OR alerts.rule = {rule:String})
ORDER BY alerts.at DESC, alerts.id
LIMIT {limit:UInt32}`;

/** One alert by its id. */
export const alertSql = `
SELECT ${alertColumns('alerts.')}
FROM vigilstream.alerts AS alerts FINAL
WHERE alerts.id = {id:String}`;

export type PendingRow = AlertRow & {
  /** Newest thing that happened to it on this channel; empty: nothing yet. */
  readonly outcome: string;
  readonly attempt: number;
  /** When it may be tried: after its quiet hours, and after the pause that follows a failure. */
  readonly dueAt: number;
};

/**
 * Alerts since a time (ms), or sent again by hand since then, that this channel has not delivered yet: those that are
 * due `now` in front, oldest first, then the others in the order in which they become due. What failed before
 * `recovered`, when the receiver was found to take messages again, is due at once.
 */
export const pendingSql = `
SELECT ${alertColumns('alerts.')},
    done.outcome AS outcome, done.attempt AS attempt,
    toUnixTimestamp64Milli(greatest(alerts.send_at,
        if(done.outcome = 'failed' AND done.last >= fromUnixTimestamp64Milli({recovered:Int64}),
           done.next_at, toDateTime64(0, 3, 'UTC')))) AS dueAt
FROM (SELECT * FROM vigilstream.alerts FINAL
      WHERE has(channels, {channel:String})
        AND (at >= fromUnixTimestamp64Milli({since:Int64})
             OR id IN (SELECT alert_id FROM vigilstream.alert_deliveries
                       WHERE channel = {channel:String} AND outcome = 'resend'
                         AND at >= fromUnixTimestamp64Milli({since:Int64})))) AS alerts
LEFT JOIN
(
    SELECT
        d.alert_id AS alert_id,
        max(d.at) AS last,
        argMax(d.outcome, (d.at, d.attempt)) AS outcome,
        argMax(d.attempt, (d.at, d.attempt)) AS attempt,
        argMax(d.next_at, (d.at, d.attempt)) AS next_at
    FROM vigilstream.alert_deliveries AS d
    WHERE d.channel = {channel:String}
    GROUP BY d.alert_id
) AS done ON alerts.id = done.alert_id
WHERE done.outcome IN ('', 'failed', 'resend', 'gone')
ORDER BY greatest(dueAt, {now:Int64}), alerts.send_at, alerts.at
LIMIT {limit:UInt32}`;

export type DeliveryRow = {
  readonly alertId: string;
  readonly channel: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly at: number;
  readonly nextAt: number;
  readonly reason: string;
  readonly status: number;
};

/** The state of each channel of some alerts; `outcome` is empty where nothing was tried yet. */
export const deliveriesSql = `
SELECT
    alerts.id AS alertId, alerts.channel AS channel, done.outcome AS outcome, done.attempts AS attempts,
    toUnixTimestamp64Milli(done.last) AS at, toUnixTimestamp64Milli(done.next_at) AS nextAt,
    done.reason AS reason, done.status AS status
FROM
(
    SELECT id, arrayJoin(channels) AS channel
    FROM vigilstream.alerts FINAL
    WHERE id IN {ids:Array(String)}
) AS alerts
LEFT JOIN
(
    SELECT
        d.alert_id AS alert_id, d.channel AS channel,
        argMax(d.outcome, (d.at, d.attempt)) AS outcome,
        countIf(d.outcome NOT IN ('resend', 'silenced')) AS attempts,
        max(d.at) AS last,
        argMax(d.next_at, (d.at, d.attempt)) AS next_at,
        argMax(d.reason, (d.at, d.attempt)) AS reason,
        argMax(d.status, (d.at, d.attempt)) AS status
    FROM vigilstream.alert_deliveries AS d
    WHERE d.alert_id IN {ids:Array(String)}
    GROUP BY d.alert_id, d.channel
) AS done ON alerts.id = done.alert_id AND alerts.channel = done.channel
ORDER BY alertId, channel`;

export type AttemptRow = {
  readonly channel: string;
  readonly attempt: number;
  readonly at: number;
  readonly outcome: string;
  readonly reason: string;
  readonly status: number;
  readonly nextAt: number;
  readonly person: string;
  readonly milliseconds: number;
};

/** Every attempt for one alert, oldest first. */
export const attemptsSql = `
SELECT
    channel, attempt, toUnixTimestamp64Milli(at) AS at, outcome, reason, status,
    toUnixTimestamp64Milli(next_at) AS nextAt, person, milliseconds
FROM vigilstream.alert_deliveries
WHERE alert_id = {id:String}
ORDER BY at, attempt`;

export type ChannelEventRow = {
  readonly channel: string;
  readonly target: string;
  readonly at: number;
  readonly enabled: boolean;
  readonly person: string;
  readonly reason: string;
};

/** The last time that each channel was turned off or on. */
export const channelEventsSql = `
SELECT channel, target, toUnixTimestamp64Milli(at) AS at, enabled, person, reason
FROM vigilstream.alert_channel_events
ORDER BY at DESC
LIMIT 1 BY channel`;

export type SilenceRow = {
  readonly id: string;
  readonly rule: string;
  readonly productId: string;
  readonly conceptId: string;
  readonly from: number;
  readonly until: number;
  readonly person: string;
  readonly reason: string;
  readonly at: number;
};

/** Silences that end after a time (ms), newest first. */
export const silencesSql = `
SELECT * FROM
(
    SELECT
        id, rule, product_id AS productId, concept_id AS conceptId,
        toUnixTimestamp64Milli(from) AS from, toUnixTimestamp64Milli(until) AS until,
        person, reason, toUnixTimestamp64Milli(at) AS at
    FROM vigilstream.alert_silences
    ORDER BY alert_silences.at DESC
    LIMIT 1 BY id
)
WHERE until > {after:Int64}
ORDER BY from DESC`;

export type ExampleRow = { readonly postId: string; readonly permalink: string; readonly text: string };

/** Of some posts, written within a stretch of time (ms), those that are still there. */
export const examplesSql = `
SELECT post_id AS postId, permalink, text
FROM vigilstream.posts_current
WHERE created_at >= fromUnixTimestamp64Milli({from:Int64}) AND created_at <= fromUnixTimestamp64Milli({to:Int64})
  AND post_id IN {ids:Array(String)}`;
