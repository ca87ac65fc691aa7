import { Command } from 'commander';
import { stringify } from 'yaml';
import { settingsSchema } from '../config.ts';
import { settingsPage, withoutSecrets } from '../shared/settings/docs.ts';
import { inputSchema } from '../shared/settings/walk.ts';
import { settingsOf } from './common.ts';
import { printJson } from './terminal.ts';

/** `vigilstream config check|show|docs`. */
export function configCommand(): Command {
  const config = new Command('config').description('look at the settings');
  config
    .command('check')
    .description('read the settings and say where they come from; exit 3 when something is wrong')
    .action((_options, command: Command) => {
      const { file } = settingsOf(command);
      process.stdout.write(`the configuration is valid (${file ?? 'no file: defaults and environment'})\n`);
    });
  config
    .command('show')
    .description('print every setting as it is in force; secrets appear as ***')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }, command: Command) => {
      const shown = withoutSecrets(settingsOf(command).settings, inputSchema(settingsSchema));
      if (options.json) printJson(shown);
      else process.stdout.write(stringify(shown));
    });
  config
    .command('docs')
    .description('print the page of all settings: meaning, allowed values, default, variable')
    .action(() => {
      process.stdout.write(settingsPage(inputSchema(settingsSchema)));
    });
  return config;
}
