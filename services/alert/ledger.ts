import type { DeliveryOutcome, FailureReason, Rule } from '../../schemas/alerting.ts';
import { randomId, sha256Hex } from '../shared/ids.ts';
import type { Database } from '../store/database.ts';
import {
  channelEventsSql,
  lastAlertSql,
  ledgerSql,
  pendingSql,
  type ChannelEventRow,
  type LedgerRow,
  type PendingRow,
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

/** The id of a group's alert after the one before; empty where it is the first. */
export const alertIdOf = (rule: string, group: string, before: string): string =>
  `al_${sha256Hex(`${rule}\n${group}\n${before}`, 24)}`;

export type Waiting = {
  /** Alerts that are older than this time are left out, ms. */
  readonly since: number;
  readonly now: number;
  /** What failed before this time is due at once, ms; 0 for nothing. */
  readonly recovered: number;
  readonly limit: number;
};

/**
 * The alert stage's memory in the database. Everything is only ever added. An alert's id follows from the rule,
 * the group and the alert before, so that a look at the rules that is repeated after a crash, or made by two
 * processes at once, writes the same row and not a second one.
 */
export function createLedger(database: Database) {
  return {
    /** What was told within the memory, or within `reachMs` where that is longer; and the last alert of any group. */
    async told(now: number, reachMs: number) {
      const since = Math.max(0, now - Math.max(memoryMs, reachMs));
      const rows = await database.query<LedgerRow>(ledgerSql, { params: { since } });
      const byRule = new Map<string, ReturnType<typeof createTold>>();
      const last = new Map<string, LedgerRow>();
      for (const row of rows) {
        const { rule, groupKey, at, items } = row;
        const told = byRule.get(rule) ?? createTold();
        byRule.set(rule, told);
        told.add(groupKey, at, items);
        last.set(`${rule}\n${groupKey}`, row);
      }
      return {
        of: (rule: string) => byRule.get(rule) ?? createTold(),
        /** The group's alert before; where the memory holds none, what is older, which no other process changes. */
        async last(rule: string, group: string): Promise<LedgerRow | undefined> {
          const remembered = last.get(`${rule}\n${group}`);
          if (remembered) return remembered;
          const params = { rule, group, before: since };
          return (await database.query<LedgerRow>(lastAlertSql, { params }))[0];
        },
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

    /** Alerts that a channel still has to deliver: what is due in front, then by when it will be. */
    pending: (channel: string, waiting: Waiting): Promise<PendingRow[]> =>
      database.query<PendingRow>(pendingSql, { params: { channel, ...waiting } }),

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
