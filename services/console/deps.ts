import type { Log } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import type { Database } from '../store/database.ts';
import type { Health } from './health.ts';
import type { ModelView } from './view.ts';

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
};
