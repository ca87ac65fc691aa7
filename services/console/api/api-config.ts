import type { LimitsConfig } from '../security/limits-config.ts';

/** What the routes need of the configuration. */
export type ApiConfig = {
  readonly limits: LimitsConfig;
  /** How often the live stream sends, and how many findings it begins with. */
  readonly refreshMs: number;
  readonly findings: number;
};
