import type { Database } from '../database.ts';
import type { DatabaseConfig, StoreDriver } from './config.ts';

export type DatabaseDeps = { readonly dataDir: string };

type Open = (config: DatabaseConfig, deps: DatabaseDeps) => Promise<Database>;

const drivers: Record<StoreDriver, Open> = {
  chdb: async (config, deps) => {
    const { openChdb } = await import('./chdb/chdb.ts');
    return (await openChdb(config.chdb, deps)).database;
  },
  clickhouse: async (config) => {
    const { openClickhouse } = await import('./clickhouse/clickhouse.ts');
    return openClickhouse(config.clickhouse);
  },
};

/** Opens the configured database; a folder or a client of it is held until it is disposed of. */
export function openDatabase(config: DatabaseConfig, deps: DatabaseDeps): Promise<Database> {
  return drivers[config.driver](config, deps);
}
