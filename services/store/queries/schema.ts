export type AppliedMigration = {
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: number;
};

/** What has been applied, by name. */
export const appliedMigrations = `
SELECT name, argMax(checksum, applied_at) AS checksum, toUnixTimestamp64Milli(max(applied_at)) AS appliedAt
FROM vigilstream.schema_migrations
GROUP BY name`;

export type ColumnOfTable = { readonly name: string };

/** Columns of one table. */
export const columnsOfTable = `
SELECT name FROM system.columns WHERE database = 'vigilstream' AND table = {table:String}`;
