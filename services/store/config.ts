import { z } from 'zod';
import { databaseConfig } from './databases/config.ts';

export const tableEngines = ['plain', 'replicated', 'distributed'] as const;
export type TableEngines = (typeof tableEngines)[number];

const days = (what: string, otherwise: number) =>
  z
    .int()
    .min(0)
    .max(10_000)
    .default(otherwise)
    .describe(`days after acceptance for which ${what} are kept; 0 keeps them for ever`);

export const storeConfig = z.strictObject({
  driver: databaseConfig.shape.driver,
  engine: z
    .enum(tableEngines)
    .default('plain')
    .describe(
      'kind of tables: plain on one machine, replicated with a keeper, distributed over the shards of store.cluster',
    ),
  cluster: z
    .string()
    .regex(/^[A-Za-z0-9_-]*$/)
    .default('')
    .describe(
      'name of the cluster in the configuration of the server; needed for replicated and distributed tables',
    ),
  retentionDays: z
    .strictObject({
      posts: days('posts, analyses and mentions', 0),
      flow: days('drops and dead letters', 90),
    })
    .prefault({}),
  batch: z
    .strictObject({
      rows: z.int().min(1).max(500_000).default(10_000).describe('most records of one insert'),
      bytes: z
        .int()
        .min(65_536)
        .max(134_217_728)
        .default(8_388_608)
        .describe('most bytes of records of one insert; bounds memory and the time that one insert takes'),
      seconds: z
        .number()
        .min(0.01)
        .max(60)
        .default(1)
        .describe('longest time that a record waits for others before it is inserted'),
    })
    .prefault({}),
  chdb: databaseConfig.shape.chdb,
  clickhouse: databaseConfig.shape.clickhouse,
});
export type StoreConfig = z.infer<typeof storeConfig>;
