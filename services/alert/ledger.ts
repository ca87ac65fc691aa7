import type { DeliveryOutcome, FailureReason, Rule, StoredRule } from '../../schemas/alerting.ts';
import { ruleSchema } from '../../schemas/alerting.ts';
import { randomId, sha256Hex } from '../shared/ids.ts';
import type { Database } from '../store/database.ts';
import {
  channelEventsSql,
  ledgerSql,
  pendingSql,
  savedRulesSql,
  type ChannelEventRow,
  type LedgerRow,
  type PendingRow,
  type RuleRow,
} from '../store/queries/alerts.ts';
import { createTold, type Firing } from './evaluate.ts';

/** What a rule told of is remembered for so long at least, however short its look-back is. */
const memoryMs = 90 * 86_400_000;

export type AttemptEntry = {
  readonly alertId: string;
  readonly channel: string;
  readonly attempt: number;
  readonly at: number;
  readonly outcome: DeliveryOutcome;
  readonly reason: FailureReason;
  readonly status: number;
  /** 0 where there will be no next attempt. */
  readonly nextAt: number;
  readonly person: string;
  readonly milliseconds: number;
};

/** How an alert is sent, decided once when it fires. */
export type Sending = {
  readonly rule: Rule;
  readonly version: number;
  readonly channels: readonly string[];
  readonly sendAt: number;
};

/** A rule as it was saved; undefined where it is no rule (any more). */
export function readRule(text: string): Rule | undefined {
  try {
    const parsed = ruleSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The alert stage's memory in the database. Everything is only ever added. An alert's id follows from the rule,
 * the group and the alert before, so that a look at the rules that is repeated after a crash, or made by two
 * processes at once, writes the same row and not a second one.
 */
export function createLedger(database: Database) {
  return {
    /** What was told, by rule; and the id of the last alert of each group, by `rule` and `group`. */
    async told(now: number, reachMs: number) {
      const since = Math.max(0, now - Math.max(memoryMs, reachMs));
      const rows = await database.query<LedgerRow>(ledgerSql, { params: { since } });
      const byRule = new Map<string, ReturnType<typeof createTold>>();
      const lastIds = new Map<string, string>();
      for (const { id, rule, groupKey, at, items } of rows) {
        const told = byRule.get(rule) ?? createTold();
        byRule.set(rule, told);
        told.add(groupKey, at, items);
        lastIds.set(`${rule}\n${groupKey}`, id);
      }
      return {
        of: (rule: string) => byRule.get(rule) ?? createTold(),
        idFor: (rule: string, group: string): string =>
          `al_${sha256Hex(`${rule}\n${group}\n${lastIds.get(`${rule}\n${group}`) ?? ''}`, 24)}`,
      };
    },

    /** Writes one alert; it is the order to send it, too. */
    async add(id: string, { group, at, measured, fresh }: Firing, sending: Sending): Promise<void> {
      const { rule, version, channels, sendAt } = sending;
      const { subject } = measured;
      const row = {
        id,
        rule: rule.id,
        severity: rule.severity,
        product_id: subject.productId,
        concept_id: subject.conceptId,
        people: measured.people,
        statistic: measured.statistic,
        value: measured.value,
        from: measured.from,
        to: measured.to,
        examples: measured.examples.slice(0, rule.examples),
        at,
        rule_version: version,
        kind: rule.kind,
        group_key: group,
        items: fresh,
        title: rule.title,
        summary: measured.summary,
        product: subject.product,
        concept: subject.concept,
        class_id: subject.classId,
        class: subject.class,
        source: subject.source,
        signal_id: subject.signalId,
        posts: measured.posts,
        channels,
        send_at: sendAt,
        include_text: rule.includeText,
      };
      await database.insert('vigilstream.alerts', [row], { token: id });
    },

    /** Rules that were saved, by id; a deleted one is undefined, and so is one that this version cannot read. */
    async rules(): Promise<Map<string, StoredRule | undefined>> {
      const rows = await database.query<RuleRow>(savedRulesSql);
      return new Map(
        rows.map(({ id, rule: text, deleted, version, person, at }) => {
          const rule = deleted ? undefined : readRule(text);
          return [id, rule && { rule, version, person, at }];
        }),
      );
    },

    /** Alerts since a time that a channel still has to deliver, the one that is due first in front. */
    pending: (channel: string, since: number, limit: number): Promise<PendingRow[]> =>
      database.query<PendingRow>(pendingSql, { params: { channel, since, limit } }),

    async record(entry: AttemptEntry): Promise<void> {
      const row = {
        alert_id: entry.alertId,
        channel: entry.channel,
        attempt: entry.attempt,
        at: entry.at,
        outcome: entry.outcome,
        reason: entry.reason,
        status: entry.status,
        next_at: entry.nextAt,
        person: entry.person,
        milliseconds: entry.milliseconds,
      };
      const token = `${entry.alertId}-${entry.channel}-${entry.attempt}-${entry.at}-${entry.outcome}`;
      await database.insert('vigilstream.alert_deliveries', [row], { token });
    },

    /** The last time that each channel was turned off or on, by channel. */
    async channels(): Promise<Map<string, ChannelEventRow>> {
      const rows = await database.query<ChannelEventRow>(channelEventsSql);
      return new Map(rows.map((row) => [row.channel, row]));
    },

    async switchChannel(event: ChannelEventRow): Promise<void> {
      const token = `${event.channel}-${event.at}-${randomId()}`;
      await database.insert('vigilstream.alert_channel_events', [event], { token });
    },

    /** Keeps what was measured of the stream, for rules on it and for the dashboards. */
    async sample(
      metric: string,
      at: number,
      values: readonly { name: string; value: number }[],
    ): Promise<void> {
      if (values.length === 0) return;
      const rows = values.map(({ name, value }) => ({ at, metric, name, value }));
      await database.insert('vigilstream.pipeline_samples', rows, { token: `${metric}-${at}-${randomId()}` });
    },
  };
}
export type Ledger = ReturnType<typeof createLedger>;
