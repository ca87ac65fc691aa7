import { Command } from 'commander';
import { createContext } from '../context.ts';
import { migrationStatus } from '../store/migrate.ts';
import { settingsOf, stopSignal } from './common.ts';
import { printJson, printTable } from './terminal.ts';

/** `vigilstream migrate`: the tables of the configured database. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the tables up to date; `start` and `run store` do it by themselves')
    .option('--status', 'only say what is applied and what is pending')
    .option('--json', 'as JSON')
    .action(async (options: { status?: boolean; json?: boolean }, command: Command) => {
      const { settings } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'warn' });
      if (options.status) {
        const states = await migrationStatus(await context.database(), settings.store);
        if (options.json) printJson(states);
        else
          printTable(
            ['migration', 'state'],
            states.map(({ name, state }) => [name, state]),
          );
        return;
      }
      const applied = await context.migrate();
      if (options.json) printJson({ applied });
      else
        process.stdout.write(
          applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the tables are up to date\n',
        );
    });
}
