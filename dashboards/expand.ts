import { expandConditions, expandMacros, type Range } from './macros.ts';
import type { Panel } from './panel.ts';
import { all, variableNamed } from './variables.ts';

/** Values of variables by name: one or several, or `$__all`. What is left out has its initial value. */
export type Values = Readonly<Record<string, string | readonly string[]>>;
export type Scope = Range & { readonly variables: Values };
export type Expanded = { readonly sql: string; readonly params: Readonly<Record<string, string>> };

/** The only form in which a panel may name a variable. */
const reference = /\$\{(\w+):sqlstring\}/g;

/** Names of the variables that a text uses, in the order of their first use. */
export function variablesOf(sql: string): string[] {
  const bare = [...sql.matchAll(/\$__conditionalAll\(.*?,\s*\$(\w+)\)/gs)].map(([, name = '']) => name);
  return [...new Set([...[...sql.matchAll(reference)].map(([, name = '']) => name), ...bare])];
}

/** @throws RangeError for a variable that there is not. */
function valuesOf(name: string, variables: Values): readonly string[] {
  const { initial } = variableNamed(name);
  const value = variables[name] ?? initial;
  return typeof value === 'string' ? [value] : value;
}

function isAll(values: readonly string[]): boolean {
  return values.every((value) => value === '' || value === all);
}

/** A text in quotes, as Grafana's format `sqlstring` writes it. */
function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * A query as Grafana and its ClickHouse plugin hand it to the database: conditions on "all" first, then
 * variables, then macros. Values become part of the text, so this is for Grafana's own values and for tests;
 * what a person sends to the console goes through `expandQuery`.
 */
export function expandAsGrafana(sql: string, scope: Scope): string {
  const text = expandConditions(sql, (name) => isAll(valuesOf(name, scope.variables)));
  const filled = text.replaceAll(reference, (_whole, name: string) =>
    valuesOf(name, scope.variables).map(sqlString).join(','),
  );
  return expandMacros(filled, scope);
}

/**
 * A query with its values bound: the text depends on the names and the number of the values only, and no
 * value is ever part of it.
 * @throws RangeError for an unknown variable, SyntaxError for a macro that there is not.
 */
export function expandQuery(sql: string, scope: Scope): Expanded {
  const params: Record<string, string> = {};
  const text = expandConditions(sql, (name) => isAll(valuesOf(name, scope.variables)));
  const bound = expandMacros(text, scope).replaceAll(reference, (_whole, name: string) =>
    valuesOf(name, scope.variables)
      .map((value, index) => {
        params[`${name}_${index}`] = value;
        return `{${name}_${index}:String}`;
      })
      .join(', '),
  );
  return { sql: bound, params };
}

/** What a panel asks in a scope, for the console. @throws as `expandQuery`; RangeError for a panel of text. */
export function expandPanel(panel: Panel, scope: Scope): Expanded {
  if (panel.kind === 'text') throw new RangeError('a panel of text asks nothing');
  const intervalSeconds = Math.max(scope.intervalSeconds, panel.minInterval ?? 1);
  return expandQuery(panel.sql, { ...scope, intervalSeconds });
}
