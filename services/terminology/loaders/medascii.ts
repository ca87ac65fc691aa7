import type { Concept, ConceptGroup, Terminology } from '../terminology.ts';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, VigilError } from '../../shared/errors.ts';
import { badLine, readLines } from '../lines.ts';
import { createTerminology } from '../terminology.ts';

const fileNames = ['soc.asc', 'hlgt.asc', 'hlt.asc', 'pt.asc', 'mdhier.asc', 'llt.asc'] as const;
type FileName = (typeof fileNames)[number];

/** Paths of the six files, whatever their case; also when they lie in a folder `MedAscii` inside. */
async function locate(folder: string): Promise<Record<FileName, string>> {
  const list = async (path: string): Promise<string[]> => {
    try {
      return await readdir(path);
    } catch (error) {
      const why = errorCode(error);
      throw new VigilError('terminology.file', `the MedDRA folder ${path} cannot be read (${why})`, {
        cause: error,
      });
    }
  };
  let at = folder;
  let entries = await list(at);
  const inner = entries.find((entry) => entry.toLowerCase() === 'medascii');
  if (inner && !entries.some((entry) => entry.toLowerCase() === 'llt.asc')) {
    at = join(folder, inner);
    entries = await list(at);
  }
  const found = new Map(entries.map((entry) => [entry.toLowerCase(), join(at, entry)]));
  const missing = fileNames.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new VigilError(
      'terminology.file',
      `${at} is not a complete MedAscii folder; missing: ${missing.join(', ')}`,
    );
  }
  return Object.fromEntries(fileNames.map((name) => [name, found.get(name) ?? ''])) as Record<
    FileName,
    string
  >;
}

type Row = { readonly path: string; readonly line: number; readonly fields: readonly string[] };

/** Rows of one file, fields separated by `$`; at least `width` of them. */
async function* rows(path: string, width: number): AsyncGenerator<Row> {
  for await (const { number, text } of readLines(path)) {
    const fields = text.split('$');
    if (fields.length < width) {
      throw badLine(path, number, `has ${fields.length} fields separated by $, needs at least ${width}`);
    }
    yield { path, line: number, fields };
  }
}

/** The field as a MedDRA code. */
function code({ path, line, fields }: Row, at: number): string {
  const value = fields[at]?.trim() ?? '';
  if (!/^\d{1,12}$/.test(value)) throw badLine(path, line, `field ${at + 1} is not a code (digits only)`);
  return value;
}

function label({ path, line, fields }: Row, at: number): string {
  const value = fields[at]?.trim() ?? '';
  if (value === '') throw badLine(path, line, `field ${at + 1} (the name) is empty`);
  return value;
}

async function codesAndNames(path: string): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for await (const row of rows(path, 2)) names.set(code(row, 0), label(row, 1));
  return names;
}

type Home = { readonly hlt: string; readonly hlgt: string; readonly soc: string };

/** Each preferred term's primary path, from `mdhier.asc`. */
async function primaryPaths(path: string): Promise<Map<string, Home>> {
  const homes = new Map<string, Home>();
  for await (const row of rows(path, 12)) {
    if (row.fields[11]?.trim() !== 'Y') continue;
    homes.set(code(row, 0), { hlt: code(row, 1), hlgt: code(row, 2), soc: code(row, 3) });
  }
  return homes;
}

/**
 * A licensed MedDRA folder in the MedAscii distribution format (MSSO, "Distribution File Format Document").
 * Concepts are the preferred terms under their primary system organ class; current lowest level terms are
 * their synonyms. Lowest level terms that are no longer current are left out, as MedDRA's rules for coding ask.
 * @throws VigilError with the file and the line that is wrong; the line's content is never repeated.
 */
export async function medasciiTerminology(folder: string): Promise<Terminology> {
  const files = await locate(folder);
  const socs = await codesAndNames(files['soc.asc']);
  const hlgts = await codesAndNames(files['hlgt.asc']);
  const hlts = await codesAndNames(files['hlt.asc']);
  const homes = await primaryPaths(files['mdhier.asc']);

  const concepts = new Map<string, Concept & { synonyms: string[] }>();
  for await (const row of rows(files['pt.asc'], 4)) {
    const id = code(row, 0);
    const home = homes.get(id);
    const classId = home?.soc ?? code(row, 3);
    const className = socs.get(classId);
    if (className === undefined) throw badLine(row.path, row.line, 'its primary class is not in soc.asc');
    const groups: ConceptGroup[] = [];
    const hlgt = home && hlgts.get(home.hlgt);
    const hlt = home && hlts.get(home.hlt);
    if (home && hlgt !== undefined) groups.push({ level: 'HLGT', id: home.hlgt, name: hlgt });
    if (home && hlt !== undefined) groups.push({ level: 'HLT', id: home.hlt, name: hlt });
    concepts.set(id, { id, term: label(row, 1), classId, className, groups, synonyms: [] });
  }
  for await (const row of rows(files['llt.asc'], 10)) {
    const concept = concepts.get(code(row, 2));
    if (!concept) throw badLine(row.path, row.line, 'its preferred term is not in pt.asc');
    const name = label(row, 1);
    if (row.fields[9]?.trim() !== 'N' && name !== concept.term) concept.synonyms.push(name);
  }
  if (concepts.size === 0)
    throw new VigilError('terminology.format', `${files['pt.asc']} holds no preferred terms`);
  return createTerminology({
    name: 'MedDRA',
    licence: 'MedDRA, licensed by the MSSO; not to be passed on',
    concepts: [...concepts.values()],
  });
}
