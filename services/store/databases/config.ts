import { z } from 'zod';
import { chdbConfig } from './chdb/config.ts';
import { clickhouseConfig } from './clickhouse/config.ts';

export const storeDrivers = ['chdb', 'clickhouse'] as const;
export type StoreDriver = (typeof storeDrivers)[number];

export const databaseConfig = z.strictObject({
  driver: z
    .enum(storeDrivers)
    .default('chdb')
    .describe('where tables live: chdb is ClickHouse inside this process, clickhouse a server'),
  chdb: chdbConfig.prefault({}),
  clickhouse: clickhouseConfig.prefault({}),
});
export type DatabaseConfig = z.infer<typeof databaseConfig>;
