import type { Concept, Terminology } from '../terminology.ts';
import { basename } from 'node:path';
import { VigilError } from '../../shared/errors.ts';
import { badLine, readLines } from '../lines.ts';
import { createTerminology } from '../terminology.ts';

const columns = ['id', 'term', 'synonyms', 'class'] as const;

/** Cells of one line; quoted cells may hold the separator and doubled quotes. Undefined: a quote is left open. */
export function splitCells(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line.charAt(i);
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (line.charAt(i + 1) === '"') cell += line.charAt(++i);
      else quoted = false;
    } else if (letter === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (letter === separator) {
      cells.push(cell.trim());
      cell = '';
    } else cell += letter;
  }
  cells.push(cell.trim());
  return quoted ? undefined : cells;
}

/**
 * Reads a list of reactions: columns `id`, `term`, `synonyms` (separated by `|`), `class`, in any order after a
 * header line, separated by commas, semicolons or tabs. The class's name is its id unless `classNames` knows better.
 * @throws VigilError with the file and the line that is wrong.
 */
export async function readConcepts(
  path: string,
  classNames?: ReadonlyMap<string, string>,
): Promise<Concept[]> {
  const concepts: Concept[] = [];
  const ids = new Set<string>();
  let separator = ',';
  let at: number[] | undefined;
  for await (const { number, text } of readLines(path)) {
    if (!at) {
      separator = ['\t', ';', ','].find((mark) => text.includes(mark)) ?? ',';
      const header = (splitCells(text, separator) ?? []).map((cell) => cell.toLowerCase());
      at = columns.map((column) => header.indexOf(column));
      const missing = columns.filter((_, i) => at?.[i] === -1);
      if (missing.length > 0) {
        throw badLine(
          path,
          number,
          `the header needs the columns ${columns.join(', ')}; missing: ${missing.join(', ')}`,
        );
      }
      continue;
    }
    const cells = splitCells(text, separator);
    if (!cells) throw badLine(path, number, 'a quotation mark is not closed (cells are one line each)');
    const [id, term, synonyms, classId] = at.map((column) => cells[column] ?? '');
    if (!id) throw badLine(path, number, 'the id is empty');
    if (!term) throw badLine(path, number, 'the term is empty');
    if (!classId) throw badLine(path, number, 'the class is empty');
    if (ids.has(id)) throw badLine(path, number, 'the id stands in an earlier line as well');
    const className = classNames ? classNames.get(classId) : classId;
    if (className === undefined) throw badLine(path, number, 'the class is not in the list of classes');
    ids.add(id);
    const names = (synonyms ?? '').split('|').map((name) => name.trim());
    concepts.push({
      id,
      term,
      classId,
      className,
      groups: [],
      synonyms: names.filter((name) => name !== ''),
    });
  }
  if (concepts.length === 0) {
    throw new VigilError(
      'terminology.format',
      `${path} holds no terms; it needs a header and a line for each term`,
    );
  }
  return concepts;
}

/** A terminology from a list of one's own. */
export async function csvTerminology(path: string): Promise<Terminology> {
  const concepts = await readConcepts(path);
  return createTerminology({ name: basename(path), licence: 'as the owner of the list states', concepts });
}
