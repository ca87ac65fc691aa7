import type { Clock } from '../shared/clock.ts';
import { errorCode, isAbort, VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { retry } from '../shared/retry.ts';
import type { Database } from '../store/database.ts';
import { silencesSql, type AlertRow, type PendingRow, type SilenceRow } from '../store/queries/alerts.ts';
import type { Channel } from './channels/channel.ts';
import type { AttemptEntry, Ledger } from './ledger.ts';
import { messageOf } from './message.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** When the attempts of one message are made, counted from the one before (Standard Webhooks 1.0.0). */
export const schedule: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** After failures in a row the whole channel rests: at first so long, doubled each time up to the longest. */
const rest = { first: 5 * second, longest: 5 * minute };
const pollMs = 5 * second;
const mostAtOnce = 200;

export type DeliverDeps = {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly consoleUrl: string;
  /** Alerts that are older are sent only by hand, ms. */
  readonly keepTryingMs: number;
  /** From 0 to 1; spreads the attempts of many. */
  readonly random: () => number;
};

const matches = (silence: SilenceRow, alert: AlertRow, now: number): boolean =>
  silence.from <= now &&
  silence.until > now &&
  (silence.rule === '' || silence.rule === alert.rule) &&
  (silence.productId === '' || silence.productId === alert.productId) &&
  (silence.conceptId === '' || silence.conceptId === alert.conceptId);

/** A failure of the receiver as a whole, not of one message: no use in trying the next message at once. */
function concernsAll(reason: string, status: number): boolean {
  if (reason === 'status') return status < 200 || status >= 500 || status === 408;
  return reason !== 'mail-refused' || (status >= 400 && status < 500);
}

/**
 * Sends what waits for one channel, at least once each. An alert stays in the database as waiting until an
 * attempt is recorded there, so a crash at any point leads to a repetition under the same id and never to a
 * loss. Once a message gets through, what failed before goes out without waiting for its turn.
 */
export function createDelivery(channel: Channel, deps: DeliverDeps) {
  const { database, ledger, clock, logger, metrics, random } = deps;
  let restsUntil = 0;
  let failuresInRow = 0;
  /** When the receiver was last found to take messages again; what failed before that is tried at once. */
  let recoveredAt = 0;
  let isTaking = false;
  let lastSent = -Infinity;

  const jittered = (ms: number): number => Math.round(ms * (0.9 + random() * 0.2));

  async function record(entry: Omit<AttemptEntry, 'channel'>, signal: AbortSignal): Promise<void> {
    await retry(() => ledger.record({ ...entry, channel: channel.name }), { clock, signal, maxMs: 5000 });
    metrics.alertDeliveries.inc({ channel: channel.name, outcome: entry.outcome });
  }

  function failed(number: number, retryAfterMs: number | undefined, now: number) {
    const pause = schedule[number];
    if (pause === undefined) return { outcome: 'given-up' as const, nextAt: 0 };
    return { outcome: 'failed' as const, nextAt: now + Math.max(jittered(pause), retryAfterMs ?? 0) };
  }

  /** @returns whether the next message may be tried at once. */
  async function attempt(row: PendingRow, signal: AbortSignal): Promise<boolean> {
    const message = await messageOf(row, deps.consoleUrl, database);
    const wait = lastSent + channel.spacingMs - clock.monotonic();
    if (wait > 0) await clock.sleep(wait, signal);
    if (signal.aborted) return false;
    const began = clock.monotonic();
    const result = await channel.send(message, signal);
    // What the end of the process cut off says nothing about the receiver; it is sent again under the same id.
    if (signal.aborted && result.outcome === 'failed') return false;
    lastSent = clock.monotonic();
    const at = clock.now();
    const number = row.outcome === 'failed' ? row.attempt + 1 : 1;
    const base = { alertId: row.id, attempt: number, at, person: 'machine', status: result.status };
    const milliseconds = Math.round(lastSent - began);
    if (result.outcome === 'delivered') {
      await record({ ...base, milliseconds, outcome: 'delivered', reason: 'none', nextAt: 0 }, signal);
      failuresInRow = 0;
      restsUntil = 0;
      if (!isTaking) {
        recoveredAt = at;
        logger.info({ channel: channel.name }, 'the channel takes messages');
      }
      isTaking = true;
      return true;
    }
    if (result.outcome === 'gone') {
      await record({ ...base, milliseconds, outcome: 'gone', reason: 'status', nextAt: 0 }, signal);
      const { name, target } = channel;
      await ledger.switchChannel({
        channel: name,
        target,
        at,
        enabled: false,
        person: 'machine',
        reason: 'gone',
      });
      logger.warn(
        { channel: name },
        'the receiver is gone (410): the channel is off until somebody turns it on',
      );
      return false;
    }
    const { reason, status, retryAfterMs } = result;
    const next = failed(number, retryAfterMs, at);
    await record({ ...base, milliseconds, reason, ...next }, signal);
    const log = next.outcome === 'given-up' ? 'error' : 'warn';
    logger[log](
      { channel: channel.name, alert: row.id, reason, status, attempt: number },
      `alert ${next.outcome}`,
    );
    if (!concernsAll(reason, status)) return true;
    isTaking = false;
    const slow = status === 429 || status === 502 || status === 504 ? minute : rest.first;
    const pause = Math.min(rest.longest, slow * 2 ** Math.min(failuresInRow, 20));
    failuresInRow++;
    restsUntil = at + Math.max(jittered(pause), retryAfterMs ?? 0);
    return false;
  }

  async function isOff(): Promise<boolean> {
    const event = (await ledger.channels()).get(channel.name);
    return event !== undefined && !event.enabled && event.target === channel.target;
  }

  return {
    name: channel.name,
    /**
     * Sends what is due now.
     * @returns ms until something may be due; undefined where nothing waits.
     */
    async step(signal: AbortSignal): Promise<number | undefined> {
      const now = clock.now();
      const since = now - deps.keepTryingMs;
      const rows = await ledger.pending(channel.name, {
        since,
        now,
        recovered: recoveredAt,
        limit: mostAtOnce,
      });
      if (rows.length === 0 || (await isOff())) return undefined;
      if (now < restsUntil) return restsUntil - now;
      const params = { after: now };
      const silences = await database.query<SilenceRow>(silencesSql, { params });
      let hasMoved = false;
      for (const row of rows) {
        if (signal.aborted) return undefined;
        const wait = row.dueAt - clock.now();
        if (wait > 0) return hasMoved ? 0 : wait;
        hasMoved = true;
        if (row.outcome !== 'resend' && silences.some((silence) => matches(silence, row, clock.now()))) {
          const at = clock.now();
          const entry = { alertId: row.id, attempt: row.attempt, at, person: 'machine', status: 0 };
          await record({ ...entry, outcome: 'silenced', reason: 'none', nextAt: 0, milliseconds: 0 }, signal);
          continue;
        }
        if (!(await attempt(row, signal))) break;
      }
      return Math.max(0, restsUntil - clock.now());
    },
  };
}
export type Delivery = ReturnType<typeof createDelivery>;

/**
 * Works off one channel until the signal ends; `woken` gives a signal that ends when there is something new. A
 * database that is away is waited for; a channel's trouble is its own.
 * @throws VigilError that no waiting helps.
 */
export async function runDelivery(
  delivery: Delivery,
  deps: DeliverDeps,
  signal: AbortSignal,
  woken: () => AbortSignal,
): Promise<void> {
  let down: string | undefined;
  while (!signal.aborted) {
    const wake = woken();
    let pause: number | undefined;
    try {
      pause = await delivery.step(signal);
      down = undefined;
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      if (!(error instanceof VigilError) || !error.canRetry) throw error;
      if (down !== error.code) {
        deps.logger.warn(
          { channel: delivery.name, code: errorCode(error) },
          'messages wait for the database',
        );
      }
      down = error.code;
    }
    await deps.clock.sleep(Math.min(pollMs, Math.max(50, pause ?? pollMs)), AbortSignal.any([signal, wake]));
  }
}
