import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { parse } from 'yaml';
import type { Rule } from '../../schemas/alerting.ts';
import type { AlertConfig } from '../alert/config.ts';
import { dryRunRule } from '../alert/dry-run.ts';
import { createNames, type Names } from '../alert/names.ts';
import { checkRule, rulesInForce } from '../alert/rule-book.ts';
import { loadWatchList } from '../alert/watch-list.ts';
import { alertSettings, pathOf } from '../config.ts';
import { createContext } from '../context.ts';
import { VigilError } from '../shared/errors.ts';
import type { Database } from '../store/database.ts';
import { literal } from '../store/databases/chdb/parameters.ts';
import type { QueryClient } from '../store/endpoint/query-client.ts';
import { alertsSql, type AlertRow } from '../store/queries/alerts.ts';
import { settingsOf, stopSignal } from './common.ts';
import { openTables } from './tables.ts';
import { printJson, printTable } from './terminal.ts';

const day = 86_400_000;

/** Parameters as the HTTP interface reads them: texts escaped, lists in brackets. */
function readerOf(client: QueryClient): Pick<Database, 'query'> {
  const escaped = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return {
    query: (sql, { params = {} } = {}) =>
      client.rows(
        sql,
        Object.fromEntries(
          Object.entries(params).map(([name, value]) => [
            name,
            Array.isArray(value)
              ? `[${value.map((one: string) => literal(one)).join(',')}]`
              : escaped(String(value)),
          ]),
        ),
      ),
  };
}

/** A rule in force by its id, or one in a YAML or JSON file. */
async function ruleOf(
  what: string,
  config: AlertConfig,
  names: Names,
  database: Pick<Database, 'query'>,
): Promise<Rule> {
  const { rules } = await rulesInForce(config, database);
  const found = rules.find(({ rule }) => rule.id === what);
  if (found) return found.rule;
  let text: string;
  try {
    text = await readFile(pathOf(what), 'utf8');
  } catch {
    const known = rules.map(({ rule }) => rule.id).join(', ');
    throw new VigilError('USAGE_RULE', `${what} is neither a rule (known: ${known}) nor a file with one`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw new VigilError('USAGE_RULE', `${what} is not valid YAML`);
  }
  const checked = checkRule(value, config, names);
  if (!checked.ok) throw new VigilError('USAGE_RULE', checked.problem);
  return checked.rule;
}

function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const time = Date.parse(text);
  if (!Number.isFinite(time))
    throw new VigilError('USAGE_TIME', `${text} is no time: write it as 2026-03-01`);
  return time;
}

/** `vigilstream alerts list|dry-run`. */
export function alertsCommand(): Command {
  const alerts = new Command('alerts').description('what was told, and what a rule would tell');
  alerts
    .command('list')
    .description('print the newest alerts')
    .option('--rule <id>', 'only of this rule', '')
    .option('--limit <count>', 'how many', '20')
    .option('--json', 'as JSON')
    .action(async (options: { rule: string; limit: string; json?: boolean }, command: Command) => {
      const { settings } = settingsOf(command);
      await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
      await using client = await openTables(settings, context);
      const params = {
        rule: options.rule,
        before: Date.now(),
        limit: Math.max(1, Number.parseInt(options.limit, 10) || 20),
      };
      const rows = await readerOf(client).query<AlertRow>(alertsSql, { params });
      if (options.json) return printJson(rows);
      return printTable(
        ['at', 'severity', 'rule', 'people', 'posts', 'summary'],
        rows.map((row) => [
          new Date(row.at).toISOString().slice(0, 19),
          row.severity,
          row.rule,
          row.people,
          row.posts,
          row.summary,
        ]),
      );
    });
  alerts
    .command('dry-run')
    .description('say how often a rule would have fired on what is stored; nothing is sent')
    .argument('<rule>', 'id of a rule, or a YAML file with one')
    .option('--from <time>', 'begin; 30 days before the end by default')
    .option('--to <time>', 'end; now by default')
    .option('--json', 'as JSON')
    .action(
      async (what: string, options: { from?: string; to?: string; json?: boolean }, command: Command) => {
        const { settings } = settingsOf(command);
        const to = timeOf(options.to, Date.now());
        const from = timeOf(options.from, to - 30 * day);
        if (from >= to) throw new VigilError('USAGE_TIME', '--from must be before --to');
        await using context = createContext(settings, { signal: stopSignal(), logLevel: 'error' });
        await using client = await openTables(settings, context);
        const database = readerOf(client);
        const config = alertSettings(settings);
        const names = createNames(await context.terminology(), await context.products());
        const rule = await ruleOf(what, config, names, database);
        const watchList = await loadWatchList(names);
        const sources = settings.ingest.sources.map(({ name }) => name);
        const result = await dryRunRule(rule, from, to, config, names, { database, watchList, sources });
        if (options.json) return printJson(result);
        process.stdout.write(
          `${rule.id}: ${result.alerts} alerts from ${new Date(from).toISOString().slice(0, 10)} to ${new Date(to).toISOString().slice(0, 10)}, ${result.perWeek.toFixed(1)} a week` +
            `${result.held > 0 ? `, ${result.held} of them held back by quiet hours` : ''}${result.incomplete ? ' (and more: the rule is too wide to look at all of it)' : ''}\n\n`,
        );
        return printTable(
          ['at', 'people', 'posts', 'summary'],
          result.first.map(({ at, people, posts, summary }) => [
            new Date(at).toISOString().slice(0, 19),
            people,
            posts,
            summary,
          ]),
        );
      },
    );
  return alerts;
}
