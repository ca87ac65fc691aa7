import { Command, CommanderError } from 'commander';
import { alertsCommand } from './cli/alerts.ts';
import { analyseCommand } from './cli/analyse.ts';
import { backtestCommand } from './cli/backtest.ts';
import { configCommand } from './cli/config.ts';
import { doctorCommand } from './cli/doctor.ts';
import { exitCodeHelp, exitCodeOf, exitCodes } from './cli/exit-codes.ts';
import { hooksCommand } from './cli/hooks.ts';
import { ingestCommand } from './cli/ingest.ts';
import { migrateCommand } from './cli/migrate.ts';
import { modelsCommand } from './cli/models.ts';
import { queryCommand } from './cli/query.ts';
import { runCommand, startCommand } from './cli/run.ts';
import { signalsCommand } from './cli/signals.ts';
import { usersCommand } from './cli/users.ts';
import { errorCode, VigilError } from './shared/errors.ts';

const program = new Command('vigilstream')
  .description('A streaming monitor of drug and vaccine safety on social media.')
  .version('0.1.0')
  .option('--config <file>', 'settings; otherwise vigilstream.yaml in this folder or above it')
  .option(
    '--set <key=value>',
    'one setting, stronger than file and environment; may be repeated',
    collect,
    [],
  )
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Begin here:
  vigilstream start                        everything in one process, with invented posts; page on port 8080
  vigilstream start --set demo.enabled=false --set 'ingest.sources=[{name: mine, driver: files, paths: [posts.ndjson]}]'
  vigilstream ingest tweets.jsonl.gz       read files once, see what was accepted and why not
  vigilstream analyse posts.csv --text-field body   only the model: no log, no database
  vigilstream query "SELECT count() FROM posts"     ask the tables, running or not
  vigilstream hooks listen                 a small receiver that shows alerts and checks their signatures
  vigilstream backtest simulate            how often the warnings would have been right
  vigilstream doctor                       what is missing, silent or wrong
${exitCodeHelp}`,
  )
  .exitOverride();

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

for (const command of [
  startCommand,
  runCommand,
  analyseCommand,
  ingestCommand,
  queryCommand,
  doctorCommand,
  configCommand,
  migrateCommand,
  modelsCommand,
  signalsCommand,
  backtestCommand,
  alertsCommand,
  hooksCommand,
  usersCommand,
]) {
  program.addCommand(inheriting(command()));
}

/** A command that is made by itself knows nothing of its parent: wrong use of it must end with the same status. */
function inheriting(command: Command): Command {
  for (const child of command.commands) inheriting(child);
  return command.copyInheritedSettings(program);
}

/** One line for an error of ours; a foreign error shows its code and, with DEBUG set, its stack. */
function explain(error: unknown): string {
  if (error instanceof VigilError) return error.message;
  const where =
    process.env['DEBUG'] && error instanceof Error ? `\n${error.stack}` : ' (set DEBUG=1 for the stack)';
  return `a fault of vigilstream itself: ${errorCode(error)}${where}`;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  else {
    process.stderr.write(`vigilstream: ${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
