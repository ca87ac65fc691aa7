import type { Session } from 'chdb';
import { Refusal, fromEngine } from './errors.ts';
import { checkFormat } from './formats.ts';
import { tableFunctions, type Functions } from './functions.ts';
import { literal } from './limits.ts';
import type { Parser } from './parser.ts';

/** Tables of the engine that a reader may name. The others are readable by its grants, and not all by right. */
export const systemTables: ReadonlySet<string> = new Set([
  'one',
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'databases',
  'tables',
  'columns',
  'functions',
  'formats',
  'settings',
  'data_type_families',
  'aggregate_function_combinators',
  'table_functions',
  'table_engines',
  'time_zones',
]);
const schemaTables = new Set(['tables', 'columns', 'schemata', 'views']);

export type Checked = {
  /** The statement as the engine itself writes it, without FORMAT: what was checked is what runs. */
  readonly sql: string;
  readonly format: string | undefined;
};

export type Rules = { readonly parser: Parser; readonly functions: Functions };

const denied = (message: string) => new Refusal(497, 'ACCESS_DENIED', message);
const readonly = (message: string) => new Refusal(164, 'READONLY', message);

const name = '(?:[A-Za-z_]\\w*|`[\\w. -]+`)';
const like = "(?: NOT)?(?: I?LIKE '(?:[^'\\\\]|\\\\.)*')?(?: LIMIT \\d+)?";
const shapes = {
  query: /^(?=SELECT |WITH |FROM |\()/,
  explain:
    /^EXPLAIN (?:(?:AST|SYNTAX|QUERY TREE|PLAN|PIPELINE|ESTIMATE) )?(?:\w+ = \w+(?:, \w+ = \w+)* )?(?=SELECT |WITH |FROM |\()/,
  describeQuery: /^DESCRIBE TABLE (?=\()/,
  named: new RegExp(
    `^(?:DESCRIBE TABLE|EXISTS TABLE|EXISTS VIEW|SHOW CREATE TABLE|SHOW CREATE VIEW) (${name}(?:\\.${name})?)$`,
  ),
  list: new RegExp(
    `^SHOW (?:DATABASES|TABLES(?: FROM ${name})?|COLUMNS FROM ${name}(?: FROM ${name})?)${like}$`,
  ),
};

/** Refuses a table of the engine that is not on the list; other databases are closed by the reader's grants. */
function checkTable(identifier: string): void {
  const [database = '', table = ''] = identifier.replaceAll('`', '').split('.');
  const lower = database.toLowerCase();
  if (lower === 'system' && table !== '' && !systemTables.has(table)) {
    throw denied('Not enough privileges: this table of system is not among those that the endpoint opens');
  }
  if (lower === 'information_schema' && table !== '' && !schemaTables.has(table.toLowerCase())) {
    throw denied('Not enough privileges: this table of information_schema is not open');
  }
}

/**
 * Reads every function, table function and identifier out of the engine's dump of a query tree. Aliases are
 * printed in it as they are, so every occurrence of a key is looked at, wherever it stands: a forged one can
 * only add to what is refused.
 */
export function checkTree(tree: string, functions: Functions): void {
  for (const [, found = ''] of tree.matchAll(/table_function_name: (.*?)(?=,|\n|$)/g)) {
    if (!tableFunctions.has(found.toLowerCase())) {
      throw denied('Not enough privileges: this table function is not among those that the endpoint opens');
    }
  }
  for (const [, found = ''] of tree.matchAll(/(?<!table_)function_name: (.*?)(?=, function_type: |$)/gs)) {
    if (!functions.allows(found)) {
      const shown = /^\w{1,64}$/.test(found) ? ` ${found}` : '';
      throw denied(`Not enough privileges: function${shown} is not among those that the endpoint opens`);
    }
  }
  const functionNodes = tree.match(/(?<!TABLE_)FUNCTION id: /g)?.length ?? 0;
  const functionNames = tree.match(/(?<!table_)function_name: /g)?.length ?? 0;
  if (functionNodes > functionNames)
    throw denied('Not enough privileges: the query cannot be looked through');
  for (const [, found = ''] of tree.matchAll(/identifier: (?=([^\s,]+))/g)) checkTable(found);
}

async function ask(session: Session, sql: string): Promise<string> {
  try {
    return (await session.queryAsync(sql, { format: 'TabSeparatedRaw' })).text().trim();
  } catch (error) {
    throw fromEngine(error);
  }
}

/** The part of a statement whose query tree has to be looked at; undefined where there is none to look at. */
function inner(sql: string): string | undefined {
  for (const shape of [shapes.query, shapes.explain, shapes.describeQuery]) {
    const prefix = shape.exec(sql)?.[0];
    if (prefix !== undefined) return sql.slice(prefix.length);
  }
  const table = shapes.named.exec(sql)?.[1];
  if (table !== undefined) {
    checkTable(table);
    return undefined;
  }
  if (shapes.list.test(sql)) return undefined;
  throw readonly(
    'Cannot execute query in readonly mode: SELECT, SHOW, DESCRIBE, EXISTS and EXPLAIN are let through',
  );
}

/**
 * Decides whether a statement only reads, and only what a reader may. Runs on a connection that is a reader's
 * already. In this order: the engine's parser must see one statement that reads; the engine writes it down
 * anew, so that comments, quotes, heredocs and case are gone; its shape must be a known one; every function,
 * table function and table of the engine that its query tree names must be on a list.
 * @throws Refusal 62, 164 or 497
 */
export async function check(sql: string, session: Session, { parser, functions }: Rules): Promise<Checked> {
  const { statements, reads } = await parser.classify(session, sql).catch((error: unknown) => {
    throw fromEngine(error);
  });
  if (statements > 1) throw new Refusal(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed');
  if (statements === 1 && !reads) throw readonly('Cannot execute query in readonly mode');
  // A text that does not parse goes on to here, for the words in which the engine refuses it.
  const written = await ask(session, `SELECT formatQuerySingleLine(${literal(sql)})`);
  if (statements !== 1) throw new Refusal(62, 'SYNTAX_ERROR', 'Syntax error', 'failed');
  const [, before = written, format] = /^(.*) FORMAT `?(\w+)`?$/s.exec(written) ?? [];
  if (format !== undefined) checkFormat(format);
  const masked = before.replaceAll(/'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`/gs, "''");
  if (/\bINTO OUTFILE\b|\bSETTINGS \w+ =/.test(masked))
    throw readonly('Cannot execute query in readonly mode');
  const query = inner(before);
  if (query !== undefined)
    checkTree(await ask(session, `EXPLAIN QUERY TREE run_passes = 0 ${query}`), functions);
  return { sql: before, format };
}
