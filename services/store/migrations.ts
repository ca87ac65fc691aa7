import { readdir, readFile } from 'node:fs/promises';
import type { StoreConfig } from './config.ts';

/** The database that holds every table; clients and dashboards name it. */
export const databaseName = 'vigilstream';

const folder = new URL('../../schemas/clickhouse/', import.meta.url);

export type Migration = { readonly number: number; readonly name: string; readonly text: string };
export type Target = Pick<StoreConfig, 'engine' | 'cluster' | 'retentionDays'>;

/** The numbered migrations, in their order. */
export async function readMigrations(from: URL = folder): Promise<Migration[]> {
  const names = (await readdir(from)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      number: Number(name.slice(0, 4)),
      name,
      text: await readFile(new URL(name, from), 'utf8'),
    })),
  );
}

/** What is not numbered but made anew when it has changed: views and retention. */
export async function readRepeatables(from: URL = folder): Promise<Migration[]> {
  return Promise.all(
    ['views.sql', 'retention.sql'].map(async (name) => ({
      number: 0,
      name,
      text: await readFile(new URL(name, from), 'utf8'),
    })),
  );
}

const daysOfBatches = 60;

function ttl(target: Target, group: string, column: string): string {
  const days = { posts: target.retentionDays.posts, flow: target.retentionDays.flow, batches: daysOfBatches }[
    group
  ];
  if (days === undefined) throw new Error(`no retention is set for ${group}`);
  // A limit cannot be removed where there is none, so "for ever" is the last second that DateTime knows.
  const end =
    days === 0
      ? `greatest(toDateTime(${column}), toDateTime(4294967295))`
      : `toDateTime(${column}) + INTERVAL ${days} DAY`;
  return `MODIFY TTL ${end}`;
}

/**
 * The statements of a migration for one kind of tables. The text is the same for all of them; it says
 * `{db}`, `{cluster}` (ON CLUSTER), `{local posts}` (the table that holds the rows), `{engine X(args)}`,
 * `{distribute posts key}` (a statement: the table over all shards), `{alter posts}` (both of them) and
 * `{ttl group column}`.
 */
export function render(text: string, target: Target): string[] {
  const spread = target.engine === 'distributed';
  const cluster = target.engine === 'plain' ? '' : ` ON CLUSTER '${target.cluster}'`;
  const local = (table: string) => `${databaseName}.${table}${spread ? '_local' : ''}`;
  const expand = (statement: string): string[] => {
    const place = /^\{distribute (\w+) (.+)\}$/.exec(statement);
    if (place) {
      const [, table = '', key = ''] = place;
      const over = `Distributed('${target.cluster}', '${databaseName}', '${table}_local', ${key})`;
      return spread
        ? [
            `CREATE TABLE IF NOT EXISTS ${databaseName}.${table}${cluster} AS ${local(table)} ENGINE = ${over}`,
          ]
        : [];
    }
    const change = /^\{alter (\w+)\}([^]*)$/.exec(statement);
    if (change) {
      const [, table = '', rest = ''] = change;
      const names = spread ? [local(table), `${databaseName}.${table}`] : [local(table)];
      return names.map((name) => `ALTER TABLE ${name}${cluster}${rest}`);
    }
    return [
      statement
        .replaceAll('{db}', databaseName)
        .replaceAll('{cluster}', cluster)
        .replaceAll(/\{local (\w+)\}/g, (_, table: string) => local(table))
        .replaceAll(/\{ttl (\w+) (\w+)\}/g, (_, group: string, column: string) => ttl(target, group, column))
        .replaceAll(/\{engine (\w+)\(([^{}]*)\)\}/g, (_, name: string, args: string) =>
          target.engine === 'plain' ? `${name}(${args})` : `Replicated${name}(${args})`,
        ),
    ];
  };
  return text
    .split('\n')
    .filter((line) => !line.startsWith('--'))
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter(Boolean)
    .flatMap(expand);
}
