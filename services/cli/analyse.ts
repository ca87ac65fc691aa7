import { createReadStream, statSync } from 'node:fs';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { createContext } from '../context.ts';
import { analyseStream, checkTasks, type AnalyseProgress, type AnalyseSettings } from '../infer/analyse.ts';
import { inputFormats } from '../infer/analyse-rows.ts';
import { errorCode, VigilError } from '../shared/errors.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress, type Progress } from './terminal.ts';

type Options = {
  readonly textField: string;
  readonly idField?: string;
  readonly input: AnalyseSettings['input'];
  readonly format: AnalyseSettings['output'];
  readonly gate: boolean;
  readonly model?: string;
  readonly terminology?: string;
  readonly tasks?: string;
};

/** Settings that the options stand for; a terminology is `open`, a MedAscii folder or a CSV file. */
function settingsFrom({ model, terminology }: Options): string[] {
  const pairs = model === undefined ? [] : [`infer.model=${model}`];
  if (terminology === undefined) return pairs;
  if (terminology === 'open') return [...pairs, 'terminology.driver=open'];
  const driver = /\.(csv|tsv)$/i.test(terminology) ? 'csv' : 'medascii';
  return [...pairs, `terminology.driver=${driver}`, `terminology.path=${terminology}`];
}

function unreadable(file: string, error: unknown): VigilError {
  const message = `${file} cannot be read (${errorCode(error)}): name a file, or - for standard input`;
  return new VigilError('INPUT_MISSING', message, { cause: error });
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/**
 * The file's bytes, with a bar of how much of them has been read. Nothing is read before it is asked for:
 * a stream that is set going while the model is still being loaded would lose its beginning.
 */
async function* openFile(
  file: string,
  total: number,
  progress: Progress,
  note: () => string,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
      const bytes = chunk as Uint8Array;
      progress.update((read += bytes.length), total, note());
      yield bytes;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** `vigilstream analyse <file|->`: the model alone, without log and database. */
export function analyseCommand(): Command {
  return new Command('analyse')
    .description(
      'run the model on a file: one Analysis per line, in the order of the input; no log, no database',
    )
    .argument('<file>', 'NDJSON, CSV or TSV; - for standard input')
    .option('--text-field <name>', 'field or column of the text', 'text')
    .option('--id-field <name>', 'field or column of the id; otherwise `id`, or the number of the row')
    .addOption(new Option('--input <format>', 'format of the input').choices(inputFormats).default('auto'))
    .addOption(
      new Option('--format <format>', 'format of the output').choices(['ndjson', 'csv']).default('ndjson'),
    )
    .option('--no-gate', 'analyse every post, also those that the gate would refuse')
    .option('--model <folder>', 'another bundle than infer.model')
    .option('--terminology <path>', 'open, a MedAscii folder, or a CSV list')
    .option('--tasks <ids>', 'only these tasks, separated by commas')
    .action(async (file: string, options: Options, command: Command) => {
      const { settings } = settingsOf(command, settingsFrom(options));
      const tasks = options.tasks?.split(',').map((task) => task.trim());
      // Loading the model takes a while: what can be told without it is told at once.
      checkTasks(tasks ?? []);
      const signal = stopSignal();
      const progress = createProgress('analysing');
      let last: AnalyseProgress | undefined;
      const note = (): string =>
        last ? `${Math.round(last.postsPerSecond).toLocaleString('en')} posts/s` : '';
      const input = file === '-' ? process.stdin : openFile(file, sizeOf(file), progress, note);
      await using context = createContext(settings, { signal, logLevel: 'warn' });
      const engine = await context.infer();
      const lines = analyseStream(
        input,
        {
          input: options.input,
          output: options.format,
          textField: options.textField,
          ...(options.idField === undefined ? {} : { idField: options.idField }),
          gate: options.gate && settings.infer.gate.enabled,
          ...(tasks === undefined ? {} : { tasks }),
          onProgress: (state) => (last = state),
        },
        { engine, clock: context.clock },
      );
      // A reader that has seen enough (`| head`) is no fault.
      let closed = false;
      process.stdout.on('error', () => (closed = true));
      let waiting = '';
      for await (const line of lines) {
        if (closed || signal.aborted) break;
        waiting += line;
        if (waiting.length < 1 << 16) continue;
        await write(waiting);
        waiting = '';
      }
      if (!closed) await write(waiting);
      progress.end();
      if (signal.aborted) process.exitCode = exitCodes.interrupted;
      else if (last) report(last);
    });
}

function report({ read, bad, reasons, seconds, postsPerSecond }: AnalyseProgress): void {
  const wrong = Object.entries(reasons).map(([reason, count]) => `${reason}: ${count}`);
  const rate = Math.round(postsPerSecond).toLocaleString('en');
  process.stderr.write(
    `${read.toLocaleString('en')} rows in ${seconds.toFixed(1)} s, ${rate} posts/s${bad > 0 ? `; ${bad} could not be used (${wrong.join('; ')})` : ''}\n`,
  );
}
