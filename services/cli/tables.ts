import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config.ts';
import type { Context } from '../context.ts';
import { VigilError } from '../shared/errors.ts';
import { openQuery, type QueryClient } from '../store/endpoint/query-client.ts';

function noData(where: string): VigilError {
  return new VigilError(
    'NO_DATA',
    `there is no data yet in ${where}: \`vigilstream start\` makes the tables and fills them, \`vigilstream migrate\` makes them empty`,
  );
}

/**
 * A way to ask the tables, for commands. A data folder in which nothing was ever stored is not made by
 * looking into it.
 * @throws VigilError `NO_DATA` when nothing runs and the folder has no tables yet, else as `openQuery`.
 */
export function openTables(settings: Settings, context: Context): Promise<QueryClient> {
  return openQuery(settings, {
    ...context,
    async engine() {
      if (!existsSync(join(context.storeDir, 'engine'))) throw noData(context.storeDir);
      const engine = await context.engine();
      const sql = "SELECT count() FROM system.databases WHERE name = 'vigilstream'";
      const result = await engine.session.queryAsync(sql, { format: 'TabSeparated' });
      if (result.text().trim() === '0') throw noData(context.storeDir);
      return engine;
    },
  });
}
