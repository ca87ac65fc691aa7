import type { Alert } from '../../schemas/people.ts';
import { durationMs, type StoredRule } from '../../schemas/alerting.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import { errorCode, VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Database } from '../store/database.ts';
import { createCalendar } from './calendar.ts';
import { createChannel } from './channels/index.ts';
import type { AlertConfig } from './config.ts';
import { createDelivery, runDelivery, type DeliverDeps } from './deliver.ts';
import { fire, type Firing } from './evaluate.ts';
import { alertIdOf, createLedger } from './ledger.ts';
import type { Names } from './names.ts';
import { checkRule, rulesInForce } from './rule-book.ts';
import type { Prepared } from './rules/group.ts';
import { prepareRule } from './rules/index.ts';
import type { RuleDeps } from './rules/deps.ts';
import { systemResolve, type Resolve } from './safe-fetch.ts';
import { loadWatchList } from './watch-list.ts';

export type AlertDeps = {
  readonly log: Log;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly names: Names;
  /** Names of the sources that should deliver all the time. */
  readonly sources: readonly string[];
  /** Records that the consumer groups are behind; its names are those of group and topic. */
  readonly lag: () => Promise<readonly { readonly name: string; readonly value: number }[]>;
  readonly resolve?: Resolve;
  readonly random?: () => number;
  /** Ends the stage: the message in hand is finished or given back, and the promise resolves. */
  readonly signal: AbortSignal;
};

const sampleMs = 60_000;

/** An alert as the log carries it, for whoever wants to follow without asking the tables. */
function recordOf(id: string, { rule }: StoredRule, { at, measured }: Firing): Alert {
  const { subject } = measured;
  return {
    v: 1,
    id,
    rule: rule.id,
    severity: rule.severity,
    productId: subject.productId || null,
    conceptId: subject.conceptId || null,
    people: measured.people,
    statistic: measured.statistic,
    value: measured.value,
    from: measured.from,
    to: measured.to,
    examples: measured.examples.slice(0, rule.examples),
    at,
  };
}

/**
 * The stage that tells people. It looks at every rule every few seconds, writes what fires to the log and to the
 * table of alerts (the order to send it), and sends on every channel at its own pace. An alert that is in the
 * table is sent at least once, under the same id however often; one that is not was never sent.
 * @throws VigilError `DATABASE_BROKEN` when tables or rights are missing.
 */
export async function runAlert(config: AlertConfig, deps: AlertDeps): Promise<void> {
  const { log, database, clock, logger, metrics, names, random = Math.random } = deps;
  const ended = new AbortController();
  const signal = AbortSignal.any([deps.signal, ended.signal]);
  const ledger = createLedger(database);
  const watchList = await loadWatchList(names);
  const ruleDeps: RuleDeps = { database, watchList, sources: deps.sources, startedAt: clock.now() };
  const calendars = new Map(config.calendars.map((one) => [one.name, createCalendar(one)]));
  const channels = config.channels.map((one) =>
    createChannel(one, { clock, resolve: deps.resolve ?? systemResolve }),
  );
  let wake = new AbortController();
  /** What is wrong with which rules. */
  let troubles: ReadonlyMap<string, string> = new Map();
  /** Rules remember what they have found, for as long as they are not changed. */
  const prepared = new Map<string, { readonly text: string; readonly prepared: Prepared }>();
  let sampledAt = -Infinity;

  /** Says once what is wrong with a rule, and once that it is over. */
  function report(found: ReadonlyMap<string, string>): void {
    for (const [rule, problem] of found) {
      metrics.alertRuleFailures.inc();
      if (troubles.get(rule) !== problem) logger.warn({ rule, problem }, 'a rule is in trouble');
    }
    for (const rule of troubles.keys()) {
      if (!found.has(rule)) logger.info({ rule }, 'the trouble with a rule is over');
    }
    troubles = found;
  }

  async function raise(id: string, stored: StoredRule, firing: Firing): Promise<void> {
    const { rule, version } = stored;
    const all = channels.map(({ name }) => name);
    const wanted = rule.channels.length === 0 ? all : all.filter((name) => rule.channels.includes(name));
    const hours = rule.quietHours === null ? undefined : calendars.get(rule.quietHours);
    const value = Buffer.from(JSON.stringify(recordOf(id, stored, firing)));
    await log.append([{ topic: 'alerts', entries: [{ key: rule.id, value }] }]);
    const sendAt = hours?.sendAt(firing.at, rule.severity) ?? firing.at;
    await ledger.add(id, firing, { rule, version, channels: wanted, sendAt });
    metrics.alerts.inc({ severity: rule.severity });
    logger.info(
      { alert: id, rule: rule.id, severity: rule.severity, people: firing.measured.people },
      'alert',
    );
  }

  async function look(
    stored: StoredRule,
    told: Awaited<ReturnType<typeof ledger.told>>,
  ): Promise<{ raised: number; problem: string | undefined }> {
    const { rule } = stored;
    const checked = checkRule(rule, config, names);
    const resolved = names.resolve(rule);
    if (!checked.ok || !resolved.ok) {
      return { raised: 0, problem: checked.ok ? 'unknown name' : checked.problem };
    }
    const text = JSON.stringify(rule);
    const kept = prepared.get(rule.id);
    const current = kept?.text === text ? kept.prepared : prepareRule(rule, resolved.scope, ruleDeps);
    prepared.set(rule.id, { text, prepared: current });
    const now = clock.now();
    const memory = told.of(rule.id);
    const { groups, incomplete } = await current.look(now, memory);
    let raised = 0;
    for (const [key, group] of groups) {
      const firing = fire(rule, key, group, memory, now);
      if (!firing) continue;
      const last = await told.last(rule.id, key);
      // What lasts longer than the memory, as a silence may, is told once all the same.
      if (last && firing.fresh.length > 0 && firing.fresh.every((item) => last.items.includes(item)))
        continue;
      await raise(alertIdOf(rule.id, key, last?.id ?? ''), stored, firing);
      raised++;
    }
    return { raised, problem: incomplete ? 'more than it can look at: the oldest is left out' : undefined };
  }

  async function round(): Promise<void> {
    const now = clock.now();
    if (now - sampledAt >= sampleMs || now < sampledAt) {
      await ledger.sample('lag', now, await deps.lag());
      sampledAt = now;
    }
    const inForce = await rulesInForce(config, database);
    const rules = inForce.rules.filter(({ rule }) => rule.enabled);
    const longest = Math.max(
      0,
      ...rules.map(({ rule }) => Math.max(durationMs(rule.coolDown), durationMs(rule.lookBack))),
    );
    const told = await ledger.told(now, longest);
    const problems = new Map(inForce.unreadable.map((id) => [id, 'this version cannot read what was saved']));
    let raised = 0;
    for (const stored of rules) {
      if (signal.aborted) return;
      const { id } = stored.rule;
      try {
        const seen = await look(stored, told);
        raised += seen.raised;
        if (seen.problem !== undefined && !problems.has(id)) problems.set(id, seen.problem);
      } catch (error) {
        if (!(error instanceof VigilError) || error.canRetry || error.code === 'DATABASE_BROKEN') throw error;
        problems.set(id, error.code);
      }
    }
    report(problems);
    if (raised === 0) return;
    wake.abort();
    wake = new AbortController();
  }

  async function watch(): Promise<void> {
    let down: string | undefined;
    while (!signal.aborted) {
      try {
        await round();
        if (down !== undefined) logger.info('rules are looked at again');
        down = undefined;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof VigilError) || !error.canRetry) throw error;
        if (down !== error.code)
          logger.warn({ code: errorCode(error) }, 'rules wait for the database or the log');
        down = error.code;
      }
      await clock.sleep(config.everySeconds * 1000, signal);
    }
  }

  const deliverDeps: DeliverDeps = {
    database,
    ledger,
    clock,
    logger,
    metrics,
    consoleUrl: config.consoleUrl,
    keepTryingMs: durationMs(config.keepTrying),
    random,
  };
  logger.info({ rules: config.rules.length, channels: channels.map(({ name }) => name) }, 'watching');
  const loops = [
    watch(),
    ...channels.map((channel) =>
      runDelivery(createDelivery(channel, deliverDeps), deliverDeps, signal, () => wake.signal),
    ),
  ];
  const results = await Promise.allSettled(
    loops.map((loop) =>
      loop.catch((error: unknown) => {
        ended.abort();
        throw error;
      }),
    ),
  );
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
