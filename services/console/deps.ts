import type { Delivery, DryRun, Rule, Silence, SilenceRequest, StoredRule } from '../../schemas/alerting.ts';
import type { Assessment, AssessmentQuery, TransitionRequest } from '../../schemas/signal.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Database } from '../store/database.ts';
import type { AlertRow, AttemptRow, SilenceRow } from '../store/queries/alerts.ts';
import type { Health } from './health.ts';
import type { ModelView } from './view.ts';

/** A change that was asked for: done, or one line that says why not. */
type Done = { readonly ok: true } | { readonly ok: false; readonly problem: string };
type Checked = { readonly ok: true; readonly rule: Rule } | { readonly ok: false; readonly problem: string };

/** What people do with alerts, as the alert stage offers it. Times are ms since 1970 UTC. */
export type AlertDesk = {
  rules(): Promise<StoredRule[]>;
  history(id: string): Promise<(Omit<StoredRule, 'rule'> & { readonly rule: Rule | null })[]>;
  check(value: unknown): Checked;
  save(value: unknown, person: string): Promise<Checked>;
  remove(id: string, person: string): Promise<Done>;
  /** @throws RangeError with one line about the rule. */
  dryRun(rule: Rule, from: number, to: number): Promise<DryRun>;
  alerts(filter: {
    readonly rule?: string;
    readonly before?: number;
    readonly limit?: number;
  }): Promise<AlertRow[]>;
  alert(id: string): Promise<AlertRow | undefined>;
  deliveries(ids: readonly string[]): Promise<Delivery[]>;
  attempts(id: string): Promise<AttemptRow[]>;
  resend(alertId: string, channel: string, person: string): Promise<Done>;
  channels(): Promise<
    {
      readonly name: string;
      readonly driver: string;
      readonly enabled: boolean;
      readonly by: string | null;
      readonly at: number | null;
    }[]
  >;
  switchChannel(name: string, enabled: boolean, person: string): Promise<Done>;
  silences(): Promise<SilenceRow[]>;
  silence(
    request: SilenceRequest,
    person: string,
  ): Promise<
    { readonly ok: true; readonly silence: Silence } | { readonly ok: false; readonly problem: string }
  >;
  endSilence(id: string, person: string): Promise<Done>;
};

/** Takes a signal one step further on behalf of a person, as the signal stage offers it. */
export type TakeStep = (
  request: TransitionRequest,
  person: string,
) => Promise<
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly why: string; readonly message: string }
>;

/** What the composition root hands to the console. */
export type ConsoleDeps = {
  readonly log: Log;
  readonly database: Database;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly model: ModelView;
  readonly groups: { readonly infer: string; readonly store: string };
  readonly demo: boolean;
  /** The effective configuration by group, with `***` for secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Name and version of the code. */
  readonly version: string;
  /** The file of users and tokens; it need not be there. */
  readonly accessFile: string;
  readonly signal: AbortSignal;
  /** Opened when it is first asked for: it reads the terminology. */
  readonly desk: () => Promise<AlertDesk>;
  readonly transition: TakeStep;
  /** Compares a pair with what a person chooses, as the signal room does. */
  readonly assess: (query: AssessmentQuery) => Promise<Assessment>;
};
