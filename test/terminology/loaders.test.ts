import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { terminologyConfig } from '../../services/terminology/config.ts';
import { loadTerminology } from '../../services/terminology/index.ts';
import { createTermIndex } from '../../services/terminology/term-index.ts';
import { terminologyContract } from '../contract/terminology.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-lists-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A made-up MedAscii folder: two classes, three preferred terms, five lowest level terms, one no longer current. */
const medascii: Record<string, string> = {
  'soc.asc': '90000001$Made-up skin class$Skin$$$$$$$$\r\n90000002$Made-up mind class$Mind$$$$$$$$\r\n',
  'hlgt.asc': '80000001$Skin groups$$$$$$$$\r\n80000002$Mind groups$$$$$$$$\r\n',
  'hlt.asc': '70000001$Spots$$$$$$$$\r\n70000002$Moods$$$$$$$$\r\n',
  'pt.asc':
    '60000001$Purple spots$$90000001$$$$$$$\r\n60000002$Gloom$$90000002$$$$$$$\r\n' +
    '60000003$Spot worry$$90000002$$$$$$$\r\n',
  'mdhier.asc':
    '60000001$70000001$80000001$90000001$Purple spots$Spots$Skin groups$Made-up skin class$Skin$$90000001$Y$\r\n' +
    '60000002$70000002$80000002$90000002$Gloom$Moods$Mind groups$Made-up mind class$Mind$$90000002$Y$\r\n' +
    '60000003$70000001$80000001$90000001$Spot worry$Spots$Skin groups$Made-up skin class$Skin$$90000002$N$\r\n' +
    '60000003$70000002$80000002$90000002$Spot worry$Moods$Mind groups$Made-up mind class$Mind$$90000002$Y$\r\n',
  'llt.asc':
    '50000001$Purple spots$60000001$$$$$$$Y$$\r\n50000002$Violet blotches$60000001$$$$$$$Y$$\r\n' +
    '50000003$Old word for spots$60000001$$$$$$$N$$\r\n50000004$Gloominess$60000002$$$$$$$Y$$\r\n' +
    '50000005$Worry over spots$60000003$$$$$$$Y$$\r\n',
};

let count = 0;
/** The folder with some files replaced or, by undefined, left out. */
async function medasciiFolder(changes: Record<string, string | undefined> = {}): Promise<string> {
  const path = await mkdtemp(join(folder, `medascii-${count++}-`));
  for (const [name, text] of Object.entries({ ...medascii, ...changes })) {
    if (text !== undefined) await writeFile(join(path, name), text, 'latin1');
  }
  return path;
}

async function csvFile(text: string): Promise<string> {
  const path = join(folder, `list-${count++}.csv`);
  await writeFile(path, text);
  return path;
}

describe('a MedDRA folder', () => {
  terminologyContract(async () => loadTerminology({ driver: 'medascii', path: await medasciiFolder() }));

  it('gives preferred terms under their primary class, with their groups and current lowest level terms', async () => {
    const terminology = await loadTerminology({ driver: 'medascii', path: await medasciiFolder() });
    expect(terminology.name).toBe('MedDRA');
    expect(terminology.lookup('60000001')).toEqual({
      id: '60000001',
      term: 'Purple spots',
      classId: '90000001',
      className: 'Made-up skin class',
      groups: [
        { level: 'HLGT', id: '80000001', name: 'Skin groups' },
        { level: 'HLT', id: '70000001', name: 'Spots' },
      ],
      synonyms: ['Violet blotches'],
    });
    expect(terminology.lookup('60000003')?.className).toBe('Made-up mind class');
  });

  it('is searched like any other', async () => {
    const terminology = await loadTerminology({ driver: 'medascii', path: await medasciiFolder() });
    const logger = pino({ level: 'silent' });
    const index = await createTermIndex(
      terminology,
      { confidence: 0.5, candidates: 2 },
      { cacheDir: folder, logger },
    );
    expect(index.normalise([{ text: 'violet bloches' }])[0]?.terms[0]?.id).toBe('60000001');
  });

  it('takes file names in capitals, letters with accents and another version for other content', async () => {
    const path = await medasciiFolder({ 'llt.asc': undefined });
    const llt = `${medascii['llt.asc']}50000006$Spots \u00E9pars$60000001$$$$$$$Y$$\r\n`;
    await writeFile(join(path, 'LLT.ASC'), llt, 'latin1');
    const terminology = await loadTerminology({ driver: 'medascii', path });
    expect(terminology.lookup('60000001')?.synonyms).toContain('Spots épars');
    const before = await loadTerminology({ driver: 'medascii', path: await medasciiFolder() });
    expect(terminology.version).not.toBe(before.version);
  });

  it.each<[string, Record<string, string | undefined>, RegExp]>([
    ['a missing file', { 'hlt.asc': undefined, 'soc.asc': undefined }, /missing: soc\.asc, hlt\.asc/],
    ['too few fields', { 'mdhier.asc': '60000001$70000001$SECRET\r\n' }, /mdhier\.asc, line 1: has 3 fields/],
    [
      'a code that is none',
      { 'pt.asc': 'SECRET$Gloom$$90000002$\r\n' },
      /pt\.asc, line 1: field 1 is not a code/,
    ],
    ['an empty name', { 'soc.asc': '90000001$ $\r\n' }, /soc\.asc, line 1: field 2 \(the name\) is empty/],
    [
      'a term of no class',
      { 'pt.asc': '60000009$SECRET$$99999999$\r\n' },
      /pt\.asc, line 1: its primary class is not in soc\.asc/,
    ],
    [
      'a lowest level term of no preferred term',
      { 'llt.asc': `${medascii['llt.asc']}50000009$SECRET$69999999$$$$$$$Y$$\r\n` },
      /llt\.asc, line 6: its preferred term is not in pt\.asc/,
    ],
    ['no preferred terms', { 'pt.asc': '\r\n', 'llt.asc': '' }, /pt\.asc holds no preferred terms/],
  ])('says what is wrong with %s, without repeating it', async (_, changes, message) => {
    const path = await medasciiFolder(changes);
    const error = await loadTerminology({ driver: 'medascii', path }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('SECRET');
  });

  it('says that a folder is not there', async () => {
    const path = join(folder, 'nowhere');
    await expect(loadTerminology({ driver: 'medascii', path })).rejects.toThrow(/cannot be read \(ENOENT\)/);
  });
});

describe('a list of one’s own', () => {
  const list =
    '\u{FEFF}term,class,id,synonyms\nBlue tongue,Mouth,C1,blueberry tongue|"smurf" tongue\n' +
    '"Ache, general",Body,C2,"hurts, all over|says ""ow"" a lot"\n\nItch,Skin,C3,\n';

  terminologyContract(async () => loadTerminology({ driver: 'csv', path: await csvFile(list) }));

  it('is read with its columns in any order, quotes and empty synonyms', async () => {
    const terminology = await loadTerminology({ driver: 'csv', path: await csvFile(list) });
    expect(
      terminology.concepts.map(({ id, term, className, synonyms }) => [id, term, className, synonyms]),
    ).toEqual([
      ['C1', 'Blue tongue', 'Mouth', ['blueberry tongue', '"smurf" tongue']],
      ['C2', 'Ache, general', 'Body', ['hurts, all over', 'says "ow" a lot']],
      ['C3', 'Itch', 'Skin', []],
    ]);
  });

  it.each([
    ['\t', 'id\tterm\tsynonyms\tclass\nX\tOne\ta|b\tClass\n'],
    [';', 'id;term;synonyms;class\nX;One;a|b;Class\n'],
  ])('may be separated by %j', async (_, text) => {
    const terminology = await loadTerminology({ driver: 'csv', path: await csvFile(text) });
    expect(terminology.concepts[0]).toMatchObject({ id: 'X', synonyms: ['a', 'b'], classId: 'Class' });
  });

  const head = 'id,term,synonyms,class\n';
  it.each([
    ['a missing column', 'id,term,synonyms\n1,SECRET,\n', /line 1: the header needs .* missing: class/],
    ['an empty id', `${head},SECRET,,Skin\n`, /line 2: the id is empty/],
    ['an empty term', `${head}1,,SECRET,Skin\n`, /line 2: the term is empty/],
    ['an empty class', `${head}1,SECRET,,\n`, /line 2: the class is empty/],
    ['an id twice', `${head}1,One,,Skin\n1,SECRET,,Skin\n`, /line 3: the id stands in an earlier line/],
    ['an open quote', `${head}1,"SECRET,,Skin\n`, /line 2: a quotation mark is not closed/],
    ['no terms', head, /holds no terms/],
  ])('says what is wrong with %s, without repeating it', async (_, text, message) => {
    const path = await csvFile(text);
    const error = await loadTerminology({ driver: 'csv', path }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('SECRET');
  });
});

describe('the settings', () => {
  it('need a path for what is not built in', () => {
    expect(terminologyConfig.parse({})).toEqual({ driver: 'open', confidence: 0.5, candidates: 5 });
    const issues = terminologyConfig.safeParse({ driver: 'medascii' }).error?.issues ?? [];
    expect(issues.map(({ message }) => message)).toEqual([
      'terminology.path is needed for terminology.driver medascii',
    ]);
    expect(terminologyConfig.safeParse({ driver: 'csv', path: 'terms.csv' }).success).toBe(true);
  });
});
