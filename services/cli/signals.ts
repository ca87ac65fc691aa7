import { Command, Option } from 'commander';
import { evidenceSchema, signalStates } from '../../schemas/signal.ts';
import { scan } from '../signal/scan.ts';
import { VigilError } from '../shared/errors.ts';
import { createContext } from '../context.ts';
import {
  signalHistorySql,
  signalSql,
  signalsSql,
  type SignalEventRow,
  type SignalRow,
} from '../store/queries/signals.ts';
import { settingsOf, stopSignal } from './common.ts';
import { openTables } from './tables.ts';
import { printJson, printTable } from './terminal.ts';

type ListOptions = {
  readonly state?: string[];
  readonly run: string;
  readonly limit: string;
  readonly json?: boolean;
};

const moment = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
/** An array as a parameter of a query that goes over HTTP; the items come from a closed list. */
const list = (items: readonly string[]): string => `[${items.map((item) => `'${item}'`).join(',')}]`;

function figures(row: SignalRow): string {
  const parsed = evidenceSchema.safeParse(JSON.parse(row.evidence === '' ? 'null' : row.evidence));
  if (!parsed.success) return '';
  const { people, days, expected } = parsed.data.change;
  return `${people} people in ${days} days, ${expected.toFixed(1)} expected`;
}

function listCommand(): Command {
  return new Command('list')
    .description('signals in their newest state')
    .addOption(new Option('--state <state...>', 'only these').choices(signalStates))
    .option('--run <run>', 'live, or the id of a replay', 'live')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'one JSON document')
    .action(async (options: ListOptions, command: Command) => {
      const { settings } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
      await using query = await openTables(settings, context);
      const rows = await query.rows<SignalRow>(signalsSql, {
        run: options.run,
        states: list(options.state ?? []),
        products: '[]',
        concepts: '[]',
        before: '9000000000000',
        limit: String(Number.parseInt(options.limit, 10) || 50),
      });
      if (options.json) return printJson(rows);
      if (rows.length === 0) {
        process.stdout.write('no signals: `vigilstream signals scan` looks for them now\n');
        return;
      }
      printTable(
        ['signal', 'state', 'product', 'reaction', 'level', 'detected', 'what was seen', 'criteria'],
        rows.map((row) => [
          row.signalId,
          row.outcome === '' ? row.state : `${row.state} (${row.outcome})`,
          row.product,
          row.concept,
          row.level,
          moment(row.detectedAt),
          figures(row),
          row.criteria,
        ]),
      );
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('one signal with its evidence and its whole history')
    .argument('<signal>', 'id, as the list shows it')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: { json?: boolean }, command: Command) => {
      const { settings } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
      await using query = await openTables(settings, context);
      const [row] = await query.rows<SignalRow>(signalSql, { signal: id });
      if (!row)
        throw new VigilError(
          'USAGE_SIGNAL',
          `there is no signal ${id}: \`vigilstream signals list\` shows all`,
        );
      const steps = await query.rows<SignalEventRow>(signalHistorySql, { signal: id });
      const evidence = row.evidence === '' ? null : evidenceSchema.parse(JSON.parse(row.evidence));
      if (options.json) return printJson({ ...row, evidence, steps });
      process.stdout.write(`${row.product} and ${row.concept} (${row.class}), ${row.criteria}\n\n`);
      if (evidence) {
        const interval = (one: { value: number | null; lower: number | null; upper: number | null }) =>
          [one.value, one.lower, one.upper].map((value) => value?.toFixed(2) ?? '-');
        printTable(
          ['statistic', 'value', 'from', 'to'],
          [
            ['PRR', ...interval(evidence.prr)],
            ['ROR', ...interval(evidence.ror)],
            ['IC', ...interval(evidence.ic)],
            ['EBGM', ...interval(evidence.ebgm)],
          ],
        );
        const { n11, n1x, nx1, n, from, to, change } = evidence;
        process.stdout.write(
          `\npeople from ${from} to ${to}: ${n11} with both, ${n1x} with the product, ${nx1} with the reaction, ${n} in all` +
            `\n${figures(row)}, q ${change.q.toPrecision(2)} over ${change.pairs} pairs` +
            `\ndetectors: ${evidence.detectors.join(', ') || 'none'}; presets: ${evidence.presets.join(', ') || 'none'}` +
            `\nposts to read first: ${evidence.examples.join(' ') || 'none'}\n\n`,
        );
      }
      printTable(
        ['when', 'what', 'who', 'why'],
        steps.map((step) => [
          moment(step.at),
          step.kind === 'evidence'
            ? 'newer evidence'
            : [step.toState, step.outcome].filter(Boolean).join(', '),
          step.person,
          step.reason,
        ]),
      );
    });
}

function scanCommand(): Command {
  return new Command('scan')
    .description('look for signals now; needs the data folder for itself, or a ClickHouse server')
    .option('--at <moment>', 'as if it were then, ISO 8601')
    .action(async (options: { at?: string }, command: Command) => {
      const { settings } = settingsOf(command);
      const at = options.at === undefined ? undefined : Date.parse(options.at);
      if (at !== undefined && Number.isNaN(at))
        throw new VigilError('USAGE_MOMENT', '--at takes a moment such as 2026-03-01T12:00:00Z');
      const signal = stopSignal();
      await using context = createContext(settings, { signal, logLevel: 'error' });
      await context.migrate();
      const report = await scan(
        settings.signal,
        { database: await context.database(), clock: context.clock, signal },
        at,
      );
      printTable(
        ['signal', 'product', 'reaction', 'level', 'what was seen'],
        report.detected.map(({ signalId, pair, reason }) => [
          signalId,
          pair.product,
          pair.concept,
          pair.level,
          reason,
        ]),
      );
      process.stdout.write(
        `${report.detected.length} new among ${report.pairs} pairs, in ${report.milliseconds} ms\n`,
      );
    });
}

/** `vigilstream signals`: what the scans have found. */
export function signalsCommand(): Command {
  return new Command('signals')
    .description('list and show signals, or look for them now')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(scanCommand());
}
