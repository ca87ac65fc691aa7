import type { Terminology } from '../terminology.ts';
import { fileURLToPath } from 'node:url';
import { badLine, readLines } from '../lines.ts';
import { createTerminology } from '../terminology.ts';
import { readConcepts, splitCells } from './csv.ts';

const file = (name: string): string => fileURLToPath(new URL(`../vocabulary/${name}`, import.meta.url));

/** Organ classes of the open vocabulary: id to name. */
export async function readClasses(path: string = file('classes.tsv')): Promise<Map<string, string>> {
  const classes = new Map<string, string>();
  for await (const { number, text } of readLines(path)) {
    if (number === 1) continue;
    const [id, name] = splitCells(text, '\t') ?? [];
    if (!id || !name) throw badLine(path, number, 'needs an id and a name, separated by a tab');
    classes.set(id, name);
  }
  return classes;
}

/** The vocabulary that comes along: reactions in plain words with lay synonyms, grouped into organ classes. */
export async function openTerminology(): Promise<Terminology> {
  const concepts = await readConcepts(file('open.tsv'), await readClasses());
  return createTerminology({ name: 'open', licence: 'CC BY 4.0', concepts });
}
