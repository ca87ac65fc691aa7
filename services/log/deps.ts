import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';

export type LogDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The data folder; where the sqlite driver keeps its file unless `log.sqlite.path` says otherwise. */
  readonly dataDir: string;
  /** Counts what is appended, consumed and missed, when given. */
  readonly metrics?: Metrics;
};
