import type { LogDeps } from '../deps.ts';
import type { LogLimits } from '../limits.ts';
import type { Log } from '../log.ts';
import { kafkaConfig, type KafkaConfig } from './kafka/config.ts';
import { sqliteConfig, type SqliteConfig } from './sqlite/config.ts';

export type DriverSettings = LogLimits & { readonly sqlite: SqliteConfig; readonly kafka: KafkaConfig };
type Driver = { readonly config?: unknown; create(config: DriverSettings, deps: LogDeps): Promise<Log> };

/** Drivers by the name of `log.driver`; each loads its client library when it is created. */
export const logs = {
  sqlite: {
    config: sqliteConfig,
    create: async (config, deps) => (await import('./sqlite.ts')).createSqliteLog(config, deps),
  },
  kafka: {
    config: kafkaConfig,
    create: async (config, deps) => (await import('./kafka.ts')).createKafkaLog(config, deps),
  },
  memory: {
    create: async (config, deps) => (await import('./memory.ts')).createMemoryLog(config, deps),
  },
} satisfies Record<string, Driver>;
