import type { Json } from '../text/fields.ts';

/**
 * Fields of one row (RFC 4180, with any delimiter): quotes around a field are taken off, doubled quotes
 * inside are one, and a quote inside an unquoted field is itself.
 * @returns undefined where a quoted field does not end or goes on after its end.
 */
export function fieldsOfRow(row: string, delimiter: string): string[] | undefined {
  const line = row.replace(/\r?\n$/, '');
  const fields: string[] = [];
  for (let at = 0; ;) {
    if (line[at] === '"') {
      let field = '';
      for (let from = at + 1; ;) {
        const end = line.indexOf('"', from);
        if (end < 0) return undefined;
        field += line.slice(from, end);
        if (line[end + 1] !== '"') {
          at = end + 1;
          break;
        }
        field += '"';
        from = end + 2;
      }
      fields.push(field);
      if (at >= line.length) return fields;
      if (line[at] !== delimiter) return undefined;
      at++;
    } else {
      const end = line.indexOf(delimiter, at);
      if (end < 0) {
        fields.push(line.slice(at));
        return fields;
      }
      fields.push(line.slice(at, end));
      at = end + 1;
    }
  }
}

/** A row under the names of its columns, or undefined where it does not have as many fields. */
export function rowOf(fields: readonly string[], columns: readonly string[]): Json | undefined {
  if (fields.length !== columns.length) return undefined;
  const row: Json = Object.create(null) as Json;
  for (const [index, column] of columns.entries()) row[column] = fields[index];
  return row;
}
