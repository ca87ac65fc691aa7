import { readFile, writeFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { VigilError } from '../shared/errors.ts';
import { createBenchmark, goalGroup } from '../signal/backtest/benchmark.ts';
import { pageOf } from '../signal/backtest/page.ts';
import { parseReference, type Reference } from '../signal/backtest/reference.ts';
import { replay } from '../signal/backtest/replay.ts';
import { reportOf, type Played, type Report } from '../signal/backtest/report.ts';
import { historyOfBenchmark, match } from '../signal/backtest/trial.ts';
import { parseDate } from '../signal/days.ts';
import type { History } from '../signal/history.ts';
import { historyOfFiles, historyOfStore } from './backtest-history.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgress, printJson, printTable } from './terminal.ts';

type Options = {
  readonly reference?: string;
  readonly seeds: string;
  readonly since?: string;
  readonly until?: string;
  readonly run: string;
  readonly coolDown: string;
  readonly lead: string;
  readonly horizon: string;
  readonly window: string;
  readonly page?: string;
  readonly json?: boolean;
};

const learnDays = 56;

function whole(text: string, option: string, least = 0): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > 100_000)
    throw new VigilError('USAGE_NUMBER', `--${option} takes a whole number of at least ${least}`);
  return value;
}

function dayFrom(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const day = parseDate(text);
  if (day === undefined) throw new VigilError('USAGE_DATE', `--${option} takes a date such as 2026-03-01`);
  return day;
}

/** Seeds as a person writes them: `1-10` or `3,5,8`. */
function seedsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim()) ?? [];
    const from = Number(first);
    const to = Number(last);
    if (first === '' || to < from || to - from > 999)
      throw new VigilError('USAGE_SEEDS', '--seeds takes numbers and ranges such as 1-10 or 3,5,8');
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

async function referencesOf(file: string | undefined): Promise<Reference[]> {
  if (file === undefined)
    throw new VigilError(
      'USAGE_REFERENCE',
      'say with --reference FILE what is known of which pair; docs/backtest.md shows the format',
    );
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new VigilError('USAGE_REFERENCE', `cannot read the reference set ${file}`);
  const { references, problems } = parseReference(text);
  const [problem] = problems;
  if (problem)
    throw new VigilError(
      'USAGE_REFERENCE',
      `${file}, line ${problem.line}: ${problem.problem}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`,
    );
  return references;
}

function show(report: Report): void {
  printTable(
    [
      '',
      'sensitivity',
      '(95 %)',
      'PPV',
      '(95 %)',
      'alerts/week',
      'wrong/week',
      'lag, days',
      '(95 %)',
      'area',
      'at equal wrong',
    ],
    report.contenders.map((one) => [
      one.id,
      one.sensitivity.toFixed(2),
      one.sensitivityInterval.map((value) => value.toFixed(2)).join('-'),
      one.ppv.toFixed(2),
      one.ppvInterval.map((value) => value.toFixed(2)).join('-'),
      one.alertsPerWeek.toFixed(1),
      one.wrongPerWeek.toFixed(2),
      one.lag ? String(one.lag.median) : '-',
      one.lag ? `${one.lag.low}-${one.lag.high}` : '-',
      one.area.toFixed(2),
      one.atEqualWrong === null ? '-' : one.atEqualWrong.toFixed(2),
    ]),
  );
  const [first] = report.contenders;
  if (!first || first.groups.length < 2) return;
  process.stdout.write(`\n${first.id} by group:\n`);
  printTable(
    ['group', 'known', 'found', 'sensitivity'],
    first.groups.map(({ group, known, found }) => [
      group || '(none)',
      known,
      found,
      (found / known).toFixed(2),
    ]),
  );
}

/** `vigilstream backtest`: how often, how early and how wrongly the criteria would have warned. */
export function backtestCommand(): Command {
  return new Command('backtest')
    .description('play a history day by day through the criteria, and count right, wrong and late alerts')
    .addArgument(new Argument('<from>', 'what is played').choices(['simulate', 'files', 'store']))
    .argument('[paths...]', 'files of posts, in any format that a source reads')
    .option('--reference <file>', 'product, reaction, and date or "control", separated by tabs')
    .option('--seeds <list>', 'worlds of the simulated benchmark', '1-10')
    .option('--since <date>', 'first day that is scored; eight weeks after the first post if left out')
    .option('--until <date>', 'last day; that of the last post if left out')
    .option('--run <run>', 'answers to play from the store: live, or the id of a replay', 'live')
    .option('--cool-down <days>', 'days in which a pair that has alerted is silent', '28')
    .option('--lead <days>', 'days before the reference date from which on an alert is right', '0')
    .option('--horizon <days>', 'days after it up to which an alert is right', '42')
    .option('--window <days>', 'days that the tables of disproportionality count', '365')
    .option('--page <file>', 'write the report as a page with plots')
    .option('--json', 'one JSON document')
    .action(
      async (from: 'simulate' | 'files' | 'store', paths: string[], options: Options, command: Command) => {
        const { settings } = settingsOf(command);
        const windowDays = whole(options.window, 'window', 28);
        const counting = {
          coolDownDays: whole(options.coolDown, 'cool-down', 1),
          leadDays: whole(options.lead, 'lead'),
          horizonDays: whole(options.horizon, 'horizon', 1),
        };
        const played: Played[] = [];
        const play = (
          history: History,
          references: readonly Reference[],
          first: number,
          last: number,
          name: string,
        ) => {
          const progress = createProgress(name);
          const done = replay(history, {
            from: first,
            to: last,
            windowDays,
            onDay: (day, days) => progress.update(day, days),
          });
          progress.end();
          const matching = match(references, done, history);
          const { missing } = matching;
          if (missing.length > 0 && from !== 'simulate')
            process.stderr.write(`${missing.length} pairs of the reference set were never spoken of\n`);
          played.push({ replay: done, ...matching });
        };
        if (from === 'simulate') {
          for (const seed of seedsOf(options.seeds)) {
            const benchmark = createBenchmark(seed);
            play(
              historyOfBenchmark(benchmark),
              benchmark.reference,
              benchmark.scoredFrom,
              benchmark.lastDay,
              `world ${seed}`,
            );
          }
        } else {
          if (from === 'files' && paths.length === 0)
            throw new VigilError('USAGE_FILES', 'name the files whose posts are to be played');
          const references = await referencesOf(options.reference);
          const since = dayFrom(options.since, 'since');
          const until = dayFrom(options.until, 'until');
          const signal = stopSignal();
          const history =
            from === 'files'
              ? await historyOfFiles(settings, paths, options.run, signal)
              : await historyOfStore(settings, options.run, signal);
          // A part of a history would look like one in which less was said.
          if (signal.aborted) {
            process.exitCode = exitCodes.interrupted;
            return;
          }
          if (!history)
            throw new VigilError(
              'NO_DATA',
              'there is nothing to play: no effect of a known product was found',
            );
          const first = since ?? history.firstDay + learnDays;
          const last = until ?? history.lastDay;
          if (last < first)
            throw new VigilError(
              'USAGE_DATE',
              'the history is too short: its first eight weeks are only learned from',
            );
          play(history, references, first, last, 'the history');
        }
        const report = reportOf(played, counting, from === 'simulate' ? goalGroup : null);
        if (options.page !== undefined)
          await writeFile(options.page, pageOf(report, 'Back-test of the signals'));
        if (options.json) printJson(report);
        else show(report);
      },
    );
}
