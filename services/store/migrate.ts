import type { Clock } from '../shared/clock.ts';
import { sha256Hex } from '../shared/ids.ts';
import { VigilError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Database } from './database.ts';
import {
  databaseName,
  readMigrations,
  readRepeatables,
  render,
  type Migration,
  type Target,
} from './migrations.ts';
import { appliedMigrations, type AppliedMigration } from './queries/schema.ts';

export type MigrationState = {
  readonly name: string;
  readonly state: 'applied' | 'pending' | 'changed';
};

const bookkeeping = `CREATE DATABASE IF NOT EXISTS {db}{cluster};

CREATE TABLE IF NOT EXISTS {local schema_migrations}{cluster}
(
    number     UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = {engine ReplacingMergeTree(applied_at)}
ORDER BY (number, name);

{distribute schema_migrations number};
`;

async function applied(database: Database): Promise<Map<string, AppliedMigration>> {
  const rows = await database.query<AppliedMigration>(appliedMigrations);
  return new Map(rows.map((row) => [row.name, row]));
}

/** What is applied, what is pending, and whether an applied text has been changed since. */
export async function migrationStatus(
  database: Database,
  target: Target,
  from?: URL,
): Promise<MigrationState[]> {
  await prepare(database, target);
  const done = await applied(database);
  return (await readMigrations(from)).map(({ name, text }) => {
    const before = done.get(name);
    if (!before) return { name, state: 'pending' };
    return { name, state: before.checksum === sha256Hex(text) ? 'applied' : 'changed' };
  });
}

async function prepare(database: Database, target: Target): Promise<void> {
  if (target.engine !== 'plain' && target.cluster === '') {
    throw new VigilError(
      'CONFIG_VALUE',
      `store.engine ${target.engine} needs store.cluster: the name of the cluster in the configuration of the server`,
    );
  }
  for (const statement of render(bookkeeping, target)) await database.command(statement);
}

/**
 * Brings the tables up to date: numbered migrations once each and in their order, then the views and the
 * retention where they differ from what was made before. Every statement may be repeated until the next migration
 * has begun, so one that was cut off is simply run again, and several processes may do this at once.
 * @returns the names of what was applied.
 * @throws VigilError `MIGRATION_CHANGED` when the text of an applied migration is no longer the same.
 */
export async function migrate(
  database: Database,
  target: Target,
  deps: { readonly logger: Logger; readonly clock: Clock; readonly from?: URL },
): Promise<string[]> {
  async function apply({ number, name, text }: Migration, checksum: string): Promise<void> {
    for (const statement of render(text, target)) await database.command(statement);
    const row = { number, name, checksum, applied_at: deps.clock.now() };
    await database.insert(`${databaseName}.schema_migrations`, [row], {
      token: `migration-${name}-${checksum}-${row.applied_at}`,
    });
  }

  await prepare(database, target);
  const done = await applied(database);
  const migrations = await readMigrations(deps.from);
  const changed = migrations.find(({ name, text }) => {
    const before = done.get(name);
    return before !== undefined && before.checksum !== sha256Hex(text);
  });
  if (changed) {
    throw new VigilError(
      'MIGRATION_CHANGED',
      `migration ${changed.name} was changed after it had been applied: restore its text and put the change into a new migration`,
    );
  }
  const names: string[] = [];
  for (const migration of migrations.filter(({ name }) => !done.has(name))) {
    // Another process may be ahead: what it has done is not for tables that have gone on since.
    if ((await applied(database)).has(migration.name)) continue;
    await apply(migration, sha256Hex(migration.text));
    names.push(migration.name);
  }
  for (const migration of await readRepeatables(deps.from)) {
    // Views freeze the columns of their tables, so new columns need new views.
    const columns = migration.name === 'views.sql' ? `${migrations.at(-1)?.number ?? 0}` : '';
    const checksum = sha256Hex([...render(migration.text, target), columns].join(';\n'));
    if (done.get(migration.name)?.checksum === checksum) continue;
    await apply(migration, checksum);
    names.push(migration.name);
  }
  if (names.length > 0) deps.logger.info({ applied: names }, 'tables are up to date');
  return names;
}
