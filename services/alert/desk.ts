import {
  silenceRequestSchema,
  type Delivery,
  type DryRun,
  type Rule,
  type Silence,
  type SilenceRequest,
  type StoredRule,
} from '../../schemas/alerting.ts';
import type { Clock } from '../shared/clock.ts';
import { randomId } from '../shared/ids.ts';
import type { Database } from '../store/database.ts';
import {
  alertSql,
  alertsSql,
  attemptsSql,
  deliveriesSql,
  ruleHistorySql,
  silencesSql,
  type AlertRow,
  type AttemptRow,
  type DeliveryRow,
  type RuleRow,
  type SilenceRow,
} from '../store/queries/alerts.ts';
import { createChannel } from './channels/index.ts';
import type { AlertConfig } from './config.ts';
import { dryRunRule } from './dry-run.ts';
import { createLedger } from './ledger.ts';
import type { Names } from './names.ts';
import { checkRule, readRule, rulesInForce, type Checked } from './rule-book.ts';
import { systemResolve } from './safe-fetch.ts';
import { loadWatchList } from './watch-list.ts';

export type DeskDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly names: Names;
  readonly sources: readonly string[];
};

export type ChannelState = {
  readonly name: string;
  readonly driver: string;
  readonly enabled: boolean;
  /** Who turned it off or on last, and when; null where nobody did. */
  readonly by: string | null;
  readonly at: number | null;
};

/** A change from outside: done, or one line that says why not. */
export type Done = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const stateOf = (outcome: string): Delivery['state'] =>
  outcome === '' || outcome === 'resend' ? 'waiting' : (outcome as Delivery['state']);

const deliveryOf = (row: DeliveryRow): Delivery => ({
  alertId: row.alertId,
  channel: row.channel,
  state: stateOf(row.outcome),
  attempts: row.attempts,
  at: row.at === 0 ? null : row.at,
  nextAt: row.nextAt === 0 ? null : row.nextAt,
  reason: row.outcome === '' ? 'none' : (row.reason as Delivery['reason']),
  status: row.status,
});

/**
 * What people do with alerts: read them, write rules, try them, silence, send again. Everything that changes
 * something takes the name of the person and is only ever added to the tables.
 */
export async function createDesk(config: AlertConfig, deps: DeskDeps) {
  const { database, clock, names } = deps;
  const ledger = createLedger(database);
  const watchList = await loadWatchList(names);
  const channels = config.channels.map((one) => createChannel(one, { clock, resolve: systemResolve }));
  const known = new Set(channels.map(({ name }) => name));

  async function saveVersion(id: string, rule: string, person: string, deleted: boolean): Promise<number> {
    const history = await database.query<RuleRow>(ruleHistorySql, { params: { id } });
    const version = (history[0]?.version ?? 0) + 1;
    const row = { id, version, rule, person, at: clock.now(), deleted };
    await database.insert('vigilstream.alert_rules', [row], { token: `${id}-${version}-${randomId()}` });
    return version;
  }

  return {
    /** The rules in force, those of the configuration as version 0. */
    rules: async (): Promise<StoredRule[]> => (await rulesInForce(config, database)).rules,

    /** Every saved version of a rule, newest first; `rule` is null where it was deleted. */
    async history(id: string): Promise<(Omit<StoredRule, 'rule'> & { readonly rule: Rule | null })[]> {
      const rows = await database.query<RuleRow>(ruleHistorySql, { params: { id } });
      return rows.map(({ rule, version, person, at, deleted }) => {
        return { rule: deleted ? null : (readRule(rule) ?? null), version, person, at };
      });
    },

    /** Whether a value is a rule that could be saved; one line says what is wrong. */
    check: (value: unknown): Checked => checkRule(value, config, names),

    /** Saves a rule as a new version, in force from the next look on. */
    async save(value: unknown, person: string): Promise<Checked> {
      const checked = checkRule(value, config, names);
      if (checked.ok) await saveVersion(checked.rule.id, JSON.stringify(checked.rule), person, false);
      return checked;
    },

    /** Takes a rule out of force, also one of the configuration; its history stays. */
    async remove(id: string, person: string): Promise<Done> {
      const { rules, unreadable } = await rulesInForce(config, database);
      const isThere = unreadable.includes(id) || rules.some(({ rule }) => rule.id === id);
      if (!isThere) return { ok: false, problem: 'there is no such rule' };
      await saveVersion(id, '', person, true);
      return { ok: true };
    },

    /** How often a rule would have fired; ms since 1970. @throws RangeError with one line about the rule. */
    dryRun: (rule: Rule, from: number, to: number): Promise<DryRun> =>
      dryRunRule(rule, from, to, config, names, { database, watchList, sources: deps.sources }),

    /** The newest alerts before a time, newest first; an empty rule means all. */
    alerts: ({ rule = '', before = 8_640_000_000_000_000, limit = 100 } = {}): Promise<AlertRow[]> =>
      database.query<AlertRow>(alertsSql, {
        params: { rule, before: Math.min(before, 9_000_000_000_000), limit },
      }),

    async alert(id: string): Promise<AlertRow | undefined> {
      return (await database.query<AlertRow>(alertSql, { params: { id } }))[0];
    },

    /** The state of each channel of some alerts. */
    async deliveries(ids: readonly string[]): Promise<Delivery[]> {
      if (ids.length === 0) return [];
      return (await database.query<DeliveryRow>(deliveriesSql, { params: { ids } })).map(deliveryOf);
    },

    /** Every attempt for one alert, oldest first. */
    attempts: (id: string): Promise<AttemptRow[]> =>
      database.query<AttemptRow>(attemptsSql, { params: { id } }),

    /** Sends an alert again on a channel, under the same id and also where it was silenced or delivered. */
    async resend(alertId: string, channel: string, person: string): Promise<Done> {
      const [alert] = await database.query<AlertRow>(alertSql, { params: { id: alertId } });
      if (!alert) return { ok: false, problem: 'there is no such alert' };
      if (!known.has(channel)) return { ok: false, problem: `there is no channel ${channel.slice(0, 48)}` };
      if (!alert.channels.includes(channel)) {
        return { ok: false, problem: `this alert was not meant for the channel ${channel}` };
      }
      const at = clock.now();
      const entry = { alertId, channel, attempt: 0, at, person, status: 0, milliseconds: 0 };
      await ledger.record({ ...entry, outcome: 'resend', reason: 'none', nextAt: at });
      return { ok: true };
    },

    /** Whether each channel is on. */
    async channels(): Promise<ChannelState[]> {
      const events = await ledger.channels();
      return channels.map(({ name, driver, target }) => {
        const event = events.get(name);
        const isAbout = event !== undefined && event.target === target;
        const enabled = isAbout ? event.enabled : true;
        return { name, driver, enabled, by: isAbout ? event.person : null, at: isAbout ? event.at : null };
      });
    },

    /** Turns a channel off or on; what waits for it is kept and sent when it is on again. */
    async switchChannel(name: string, enabled: boolean, person: string): Promise<Done> {
      const channel = channels.find((one) => one.name === name);
      if (!channel) return { ok: false, problem: `there is no channel ${name.slice(0, 48)}` };
      const { target } = channel;
      await ledger.switchChannel({
        channel: name,
        target,
        at: clock.now(),
        enabled,
        person,
        reason: 'by-hand',
      });
      return { ok: true };
    },

    /** Silences that have not ended. */
    silences: (): Promise<SilenceRow[]> =>
      database.query<SilenceRow>(silencesSql, { params: { after: clock.now() } }),

    /** Shows but does not send alerts for a while. */
    async silence(
      request: SilenceRequest,
      person: string,
    ): Promise<
      { readonly ok: true; readonly silence: Silence } | { readonly ok: false; readonly problem: string }
    > {
      const parsed = silenceRequestSchema.safeParse(request);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}` };
      }
      const silence: Silence = { ...parsed.data, id: randomId(), person, at: clock.now() };
      await insertSilence(silence);
      return { ok: true, silence };
    },

    /** Ends a silence now. */
    async endSilence(id: string, person: string): Promise<Done> {
      const now = clock.now();
      const rows = await database.query<SilenceRow>(silencesSql, { params: { after: now } });
      const found = rows.find((row) => row.id === id);
      if (!found) return { ok: false, problem: 'there is no such silence, or it has ended' };
      await insertSilence({ ...found, until: now, person, at: now });
      return { ok: true };
    },
  };

  async function insertSilence(silence: Silence): Promise<void> {
    const { productId, conceptId, ...rest } = silence;
    const row = { ...rest, product_id: productId, concept_id: conceptId };
    await database.insert('vigilstream.alert_silences', [row], { token: `${silence.id}-${silence.at}` });
  }
}
export type AlertDesk = Awaited<ReturnType<typeof createDesk>>;
