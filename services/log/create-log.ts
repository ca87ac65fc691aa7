import type { LogConfig } from './config.ts';
import type { LogDeps } from './deps.ts';
import type { Log } from './log.ts';
import { logs } from './logs/index.ts';
import { metered } from './metered.ts';

/** The configured log, counted where `deps.metrics` is given. The caller ends it with `await using` or dispose. */
export async function createLog(config: LogConfig, deps: LogDeps): Promise<Log> {
  return metered(await logs[config.driver].create(config, deps), deps);
}
