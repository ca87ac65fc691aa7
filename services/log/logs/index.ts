import type { LogDeps } from '../deps.ts';
import type { LogLimits } from '../limits.ts';
import type { Log } from '../log.ts';
import { metered } from '../metered.ts';
import { kafkaConfig, type KafkaConfig } from './kafka/config.ts';
import { sqliteConfig, type SqliteConfig } from './sqlite/config.ts';

export type DriverSettings = LogLimits & { readonly sqlite: SqliteConfig; readonly kafka: KafkaConfig };
type Driver = { readonly config?: unknown; create(config: DriverSettings, deps: LogDeps): Promise<Log> };

/**
 * Drivers by the name of `log.driver`; each loads its client library when it is created. What goes through is
 * counted where `deps.metrics` is given.
 */
export const logs = {
  sqlite: {
    config: sqliteConfig,
    create: async (config, deps) =>
      metered(await (await import('./sqlite.ts')).createSqliteLog(config, deps), deps),
  },
  kafka: {
    config: kafkaConfig,
    create: async (config, deps) =>
      metered(await (await import('./kafka.ts')).createKafkaLog(config, deps), deps),
  },
  memory: {
    create: async (config, deps) =>
      metered((await import('./memory.ts')).createMemoryLog(config, deps), deps),
  },
} satisfies Record<string, Driver>;
