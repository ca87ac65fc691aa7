import { Argument, Command } from 'commander';
import type { Settings } from '../config.ts';
import { createContext } from '../context.ts';
import { createDemoFeed } from '../simulate/demo-feed.ts';
import { runPipeline, stageNames, type StageName } from '../pipeline.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress } from './terminal.ts';

type Options = { readonly once?: boolean };

/** Without sources of one's own, `start` shows an invented world. */
function withDemo(settings: Settings): Settings {
  if (!settings.demo.enabled || settings.ingest.sources.length > 0) return settings;
  return { ...settings, ingest: { ...settings.ingest, sources: [{ name: 'demo', driver: 'demo' }] } };
}

/** So many records that wait are worth a line. */
const manyWaiting = 1000;
const lineEveryMs = 10_000;

/**
 * Tells how far a backlog, such as the invented history of a first start, has been worked off: a bar on a
 * terminal, a line every ten seconds elsewhere, nothing once it is done.
 */
function backlogTeller(say: (line: string) => void): (waiting: number) => void {
  const bar = createProgress('reading what waits');
  let most = 0;
  let said = -Infinity;
  let done = false;
  return (waiting) => {
    if (done) return;
    most = Math.max(most, waiting);
    if (waiting > manyWaiting) {
      bar.update(most - waiting, most, `${waiting.toLocaleString('en')} records wait`);
      if (process.stderr.isTTY || performance.now() - said < lineEveryMs) return;
      said = performance.now();
      say(`reading what waits: ${waiting.toLocaleString('en')} records to go`);
    } else if (most > manyWaiting) {
      done = true;
      bar.end();
      say('what waited has been read; the pages show all of it');
    }
  };
}

async function run(stages: readonly StageName[], settings: Settings, options: Options): Promise<void> {
  const started = performance.now();
  await using context = createContext(settings, { signal: stopSignal() });
  const { logger } = context;
  logger.info({ stages, log: settings.log.driver, store: settings.store.driver }, 'starting');
  const hasDemo = settings.ingest.sources.some(({ driver }) => driver === 'demo');
  await runPipeline(context, {
    stages,
    once: options.once === true,
    onWaiting: backlogTeller((line) => process.stdout.write(`  ${line}\n`)),
    ...(hasDemo ? { demo: createDemoFeed(settings.demo, { clock: context.clock }) } : {}),
    onReady({ page, endpoint }) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (page === undefined) return;
      process.stdout.write(`\n  vigilstream   ${page}   (ready after ${seconds} s; Ctrl-C stops)\n`);
      if (endpoint !== undefined)
        process.stdout.write(
          `  ClickHouse    ${endpoint}   (user reader; \`vigilstream doctor\` shows the password)\n`,
        );
      process.stdout.write('\n');
    },
  });
  logger.info('stopped; everything that was finished is committed');
  // Whoever runs until a signal comes is done when it comes; `--once` is done when all is stored.
  if (options.once && context.signal.aborted) process.exitCode = exitCodes.interrupted;
}

/** `vigilstream start`: all stages in one process. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the whole monitor in this process; without sources of your own, on invented posts')
    .option('--once', 'end when the sources are exhausted and everything is stored')
    .action(async (options: Options, command: Command) => {
      const { settings } = settingsOf(command);
      const off = new Set([
        ...(settings.console.enabled ? [] : ['console']),
        ...(settings.alert.enabled ? [] : ['alert']),
      ]);
      const stages = stageNames.filter((name) => !off.has(name));
      await run(stages, withDemo(settings), options);
    });
}

/** `vigilstream run <stage ...>`: some stages, for one process a stage. */
export function runCommand(): Command {
  return new Command('run')
    .description('run some stages, each of which may be a process of its own')
    .addArgument(new Argument('<stage...>', 'which').choices(stageNames))
    .option('--once', 'end when the sources are exhausted and everything is stored')
    .addHelpText(
      'after',
      '\nExample, four processes on one broker:\n  vigilstream run ingest\n  vigilstream run infer\n  vigilstream run infer\n  vigilstream run store signal alert console',
    )
    .action(async (stages: StageName[], options: Options, command: Command) =>
      run(stages, settingsOf(command).settings, options),
    );
}
