import type { QueryOptions } from '../../database.ts';

type Value = NonNullable<QueryOptions['params']>[string];

/** A string literal of ClickHouse. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

// The text of a parameter is itself read as an escaped (tab-separated) value.
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/**
 * `SET` statement for the parameters of one query and the mark by which it can be stopped. It lasts for the
 * connection, so that connection must serve this query only; the engine's own binding is one queue for the
 * whole process.
 */
export function connectionSettings(
  params: Readonly<Record<string, Value>>,
  comment: string | undefined,
): string | undefined {
  const parts = Object.entries(params).map(([name, value]) => {
    if (!/^\w+$/.test(name)) throw new TypeError(`parameter name ${name} is not a word`);
    const text = Array.isArray(value)
      ? `[${value.map((item: string) => literal(item)).join(',')}]`
      : escaped(String(value));
    return `param_${name} = ${literal(text)}`;
  });
  if (comment !== undefined) parts.push(`log_comment = ${literal(comment)}`);
  return parts.length === 0 ? undefined : `SET ${parts.join(', ')}`;
}
