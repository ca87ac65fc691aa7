/** The stretch of time that is looked at and the step of its charts. */
export type Range = {
  readonly from: Date;
  readonly to: Date;
  /** Grafana chooses it from the width of the panel; at least 1. */
  readonly intervalSeconds: number;
};

const seconds = (at: Date) => `toDateTime(${Math.floor(at.getTime() / 1000)})`;
const millis = (at: Date) => `fromUnixTimestamp64Milli(${at.getTime()})`;
const date = (at: Date) => `toDate('${at.toISOString().slice(0, 10)}')`;

function between(column: string, literal: (at: Date) => string, { from, to }: Range): string {
  return `${column} >= ${literal(from)} AND ${column} <= ${literal(to)}`;
}

type Macro = { readonly args: 0 | 1 | 2; write(range: Range, first: string, second: string): string };

/**
 * The macros of `grafana-clickhouse-datasource` 4 (pkg/macros in its repository), with the same output.
 * `$__conditionalAll` is expanded before these, by the part of the plugin that runs in the browser.
 */
const macros: Readonly<Record<string, Macro>> = {
  fromTime: { args: 0, write: ({ from }) => seconds(from) },
  toTime: { args: 0, write: ({ to }) => seconds(to) },
  fromTime_ms: { args: 0, write: ({ from }) => millis(from) },
  toTime_ms: { args: 0, write: ({ to }) => millis(to) },
  timeFilter: { args: 1, write: (range, column) => between(column, seconds, range) },
  timeFilter_ms: { args: 1, write: (range, column) => between(column, millis, range) },
  dateFilter: { args: 1, write: (range, column) => between(column, date, range) },
  dateTimeFilter: {
    args: 2,
    write: (range, day, time) => `(${between(day, date, range)}) AND (${between(time, seconds, range)})`,
  },
  timeInterval: {
    args: 1,
    write: ({ intervalSeconds }, column) =>
      `toStartOfInterval(toDateTime(${column}), INTERVAL ${wholeSeconds(intervalSeconds)} second)`,
  },
  interval_s: { args: 0, write: ({ intervalSeconds }) => String(wholeSeconds(intervalSeconds)) },
};

const wholeSeconds = (value: number) => Math.max(1, Math.trunc(value));

/** Index behind the bracket that closes the one at `open`; as in the plugin, quotes mean nothing here. */
function closing(sql: string, open: number): number {
  let depth = 0;
  for (let at = open; at < sql.length; at++) {
    if (sql[at] === '(') depth++;
    else if (sql[at] === ')' && --depth === 0) return at + 1;
  }
  throw new SyntaxError('a macro has no closing bracket');
}

/** Arguments between the brackets, split at the commas of the outermost level. */
function splitArgs(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

/** Calls of a macro in a text: where each begins and ends, and its arguments. */
function findCall(sql: string, name: string, from: number) {
  const start = sql.indexOf(`$__${name}`, from);
  if (start < 0) return undefined;
  const open = start + name.length + 3;
  if (sql[open] !== '(') return { start, end: open, args: [] };
  const end = closing(sql, open);
  return { start, end, args: splitArgs(sql.slice(open + 1, end - 1)) };
}

/**
 * Replaces the macros of time.
 * @throws SyntaxError for a macro that the plugin does not know, or with the wrong number of arguments.
 */
export function expandMacros(sql: string, range: Range): string {
  let out = '';
  let at = 0;
  for (const { 0: whole, 1: name = '', index } of sql.matchAll(/\$__(\w+)/g)) {
    if (index < at) throw new SyntaxError('a macro stands in the arguments of another');
    const macro = macros[name];
    if (!macro) throw new SyntaxError(`unknown macro ${whole}`);
    const call = macro.args === 0 ? { end: index + whole.length, args: [] } : findCall(sql, name, index);
    if (call?.args.length !== macro.args) throw new SyntaxError(`${whole} takes ${macro.args} argument(s)`);
    out += sql.slice(at, index) + macro.write(range, call.args[0] ?? '', call.args[1] ?? '');
    at = call.end;
  }
  return out + sql.slice(at);
}

/**
 * Replaces `$__conditionalAll(condition, $variable)`: the condition, or `1=1` where the variable stands for
 * all or is empty. `isAll` is asked by the name of the variable.
 */
export function expandConditions(sql: string, isAll: (name: string) => boolean): string {
  let text = sql;
  for (let call = findCall(text, 'conditionalAll', 0); call; call = findCall(text, 'conditionalAll', 0)) {
    const [condition = '', variable = ''] = call.args;
    const name = /^\$\{?(\w+)\}?$/.exec(variable)?.[1];
    if (call.args.length !== 2 || name === undefined) {
      throw new SyntaxError('$__conditionalAll takes a condition and a variable');
    }
    text = text.slice(0, call.start) + (isAll(name) ? '1=1' : condition) + text.slice(call.end);
  }
  return text;
}
