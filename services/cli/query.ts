import { Command } from 'commander';
import { createContext } from '../context.ts';
import { errorCode } from '../shared/errors.ts';
import type { QueryOutcome } from '../store/endpoint/query-client.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { openTables } from './tables.ts';

/** `vigilstream query <sql>`: a SELECT on the tables. */
export function queryCommand(): Command {
  return new Command('query')
    .description(
      'run a SELECT: on the running instance, on the data folder when nothing runs, or on the ClickHouse server',
    )
    .argument('<sql>', 'the statement; tables lie in the database vigilstream')
    .option(
      '--format <name>',
      'any format of ClickHouse',
      process.stdout.isTTY ? 'PrettyCompactMonoBlock' : 'TabSeparatedWithNames',
    )
    .option('--json', 'the same as --format JSON')
    .action(async (sql: string, options: { format: string; json?: boolean }, command: Command) => {
      const { settings } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
      await using query = await openTables(settings, context);
      let outcome: QueryOutcome;
      try {
        const format = options.json ? 'JSON' : options.format;
        outcome = await query.ask(sql, { format }, process.stdout);
      } catch (error) {
        // A reader that has seen enough (`| head`) is no fault.
        if (errorCode(error) === 'EPIPE') return;
        throw error;
      }
      if (outcome.ok) return;
      process.stderr.write(`${outcome.message}\n`);
      process.exitCode = exitCodes.failed;
    });
}
