import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { sourceName } from '../../schemas/common.ts';
import { createContext } from '../context.ts';
import { ingestFiles } from '../ingest/ingest.ts';
import { formatNames } from '../ingest/sources/files.ts';
import { VigilError } from '../shared/errors.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress, printJson, printTable } from './terminal.ts';

type Options = {
  readonly source?: string;
  readonly format: (typeof formatNames)[number];
  readonly json?: boolean;
};

/** Size of all files together; 0 when one cannot be looked at, which ends the progress bar but not the work. */
function bytesOf(files: readonly string[]): number {
  try {
    return files.reduce((total, file) => total + statSync(file).size, 0);
  } catch {
    return 0;
  }
}

/** The name of the source, or null where the platform's is to be taken. */
function sourceOf({ source }: Options): string | null {
  if (source === undefined) return null;
  if (sourceName.safeParse(source).success) return source;
  throw new VigilError(
    'USAGE_SOURCE',
    '--source takes 1 to 32 small letters, digits, - and _, and begins with a letter or a digit',
  );
}

/** `vigilstream ingest <file ...>`: reads files once into the log and accounts for every record. */
export function ingestCommand(): Command {
  return new Command('ingest')
    .description(
      'read files into the log and account for every record; a running monitor, or the next start, analyses them',
    )
    .argument(
      '<file...>',
      'X v1.1 and v2, Jetstream, Mastodon, Pushshift, Discourse, RSS, Atom, NDJSON, CSV; plain, gzip, bzip2, zstd, tar',
    )
    .option('--source <name>', 'name for the ids of the posts; otherwise the platform')
    .addOption(new Option('--format <format>', 'what the files hold').choices(formatNames).default('auto'))
    .option('--json', 'end with the counts as one JSON object')
    .action(async (files: string[], options: Options, command: Command) => {
      const source = sourceOf(options);
      const { settings } = settingsOf(command);
      const signal = stopSignal();
      await using context = createContext(settings, { signal, logLevel: 'warn' });
      const total = bytesOf(files);
      const progress = createProgress('reading');
      let done = 0;
      const counts = await ingestFiles(
        files,
        {
          ...settings.ingest,
          source,
          format: options.format,
          onBytes(count) {
            done += count;
            progress.update(done, total);
          },
        },
        {
          log: await context.log(),
          metrics: context.metrics,
          logger: context.logger,
          clock: context.clock,
          key: await context.key(),
          indexFile: join(context.dataDir, 'ingest.sqlite'),
        },
        signal,
      );
      progress.end();
      if (options.json) printJson(counts);
      else {
        printTable(
          ['records', ''],
          [
            ['read', counts.read],
            ['accepted', counts.accepted],
            ['deletions', counts.deletions],
            ['duplicates', counts.duplicates],
            ...Object.entries(counts.dropped).map(([reason, count]): [string, number] => [
              `dropped: ${reason}`,
              count,
            ]),
            ...Object.entries(counts.deadLettered).map(([reason, count]): [string, number] => [
              `unusable: ${reason}`,
              count,
            ]),
          ],
        );
      }
      if (signal.aborted) process.exitCode = exitCodes.interrupted;
    });
}
