import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readClasses, openTerminology } from '../../services/terminology/loaders/open.ts';
import { nameTokens } from '../../services/terminology/fold.ts';
import { terminologyContract } from '../contract/terminology.ts';

const vocabulary = new URL('../../services/terminology/vocabulary/open.tsv', import.meta.url);
const keyOf = (wording: string): string => nameTokens(wording).join(' ');

type Row = { term: string; cells: string[]; lay: string[]; clinical: string[] };

/** The lines as they stand in the file; what people say comes before the double bar, clinical names after it. */
async function readRows(): Promise<Row[]> {
  const [, ...lines] = (await readFile(vocabulary, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const cells = line.split('\t');
    const [lay = '', ...clinical] = (cells[3] ?? '').split('||');
    return {
      term: cells[1] ?? '',
      cells,
      lay: lay.split('|'),
      clinical: clinical.flatMap((names) => names.split('|')),
    };
  });
}

describe('the open vocabulary', () => {
  terminologyContract(openTerminology);

  it('is large enough and spoken', async () => {
    const rows = await readRows();
    expect(rows.length).toBeGreaterThanOrEqual(1000);
    // Wordings that differ only in small words and word forms count once, and the term itself not at all.
    const distinct = new Set<string>();
    for (const { term, lay } of rows) {
      const own = lay.map(keyOf).filter((key) => key !== keyOf(term));
      expect(new Set(own).size, term).toBeGreaterThanOrEqual(2);
      for (const key of own) distinct.add(key);
    }
    expect(distinct.size).toBeGreaterThanOrEqual(5000);
  });

  it('has one cell of wordings a concept, lay ones before clinical ones, none empty or long', async () => {
    for (const { term, cells, lay, clinical } of await readRows()) {
      expect(cells, term).toHaveLength(4);
      for (const wording of [...lay, ...clinical]) {
        expect(wording, term).toMatch(/^\S(?:.{0,78}\S)?$/u);
        expect(wording, term).not.toContain('  ');
      }
    }
  });

  it('has ids of its own that run without gaps', async () => {
    const { concepts } = await openTerminology();
    expect(concepts.map(({ id }) => id)).toEqual(
      concepts.map((_, index) => `VS${String(index + 1).padStart(4, '0')}`),
    );
  });

  it('uses every class, and only classes that exist', async () => {
    const { concepts } = await openTerminology();
    const classes = await readClasses();
    expect(new Set(classes.values()).size).toBe(classes.size);
    expect([...new Set(concepts.map(({ classId }) => classId))].sort()).toEqual([...classes.keys()].sort());
  });

  it('shares no name between two concepts, small words and word forms aside', async () => {
    const terminology = await openTerminology();
    const owners = new Map<string, Set<string>>();
    for (const { name, concept } of terminology.names()) {
      const key = nameTokens(name).join(' ');
      expect(key, name).not.toBe('');
      const term = terminology.concepts[concept]?.term ?? '';
      owners.set(key, (owners.get(key) ?? new Set()).add(term));
    }
    const shared = [...owners.values()].filter((terms) => terms.size > 1);
    expect(shared.map((terms) => [...terms].sort().join(' / '))).toEqual([]);
  });
});
