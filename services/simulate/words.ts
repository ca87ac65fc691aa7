import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The lines of a word list that are neither empty nor comments. */
export function linesOf(name: string): string[] {
  return read(`words/${name}`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '));
}

export type Sections = ReadonlyMap<string, readonly string[]>;

/** A word list in parts: `== name` begins one, and the lines up to the next belong to it. */
export function sectionsOf(name: string): Sections {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of linesOf(name)) {
    if (line.startsWith('== ')) {
      lines = [];
      sections.set(line.slice(3).trim(), lines);
    } else lines.push(line);
  }
  return sections;
}

/** A part that has to be there. */
export function section(sections: Sections, name: string): readonly string[] {
  const lines = sections.get(name);
  if (!lines || lines.length === 0) throw new Error(`the word lists have no part ${name}`);
  return lines;
}

/** Fields of a line, set apart by bars. */
export const fieldsOf = (line: string): string[] => line.split('|').map((field) => field.trim());

/** Items of a field, set apart by semicolons. */
export const itemsOf = (field: string | undefined): string[] =>
  (field ?? '')
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** One JSON object per line. */
export const recordsOf = (name: string): unknown[] =>
  read(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
