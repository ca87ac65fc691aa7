import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductList } from '../../services/terminology/lexicon/lexicon.ts';
import type { Lexicon } from '../../services/terminology/lexicon/matcher.ts';
import { foldWords } from '../../services/terminology/lexicon/characters.ts';
import { loadProducts } from '../../services/terminology/lexicon/lexicon.ts';
import { createLexicon } from '../../services/terminology/lexicon/matcher.ts';

let list: ProductList;
let lexicon: Lexicon;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-lexicon-'));
  list = await loadProducts();
  lexicon = createLexicon(list);
});
afterAll(() => rm(folder, { recursive: true }));

/** What was written and which product it is; `?` after those that stay in doubt. */
const seen = (text: string): string[] =>
  lexicon
    .find(text)
    .map(({ start, end, name, ambiguous }) => `${text.slice(start, end)} = ${name}${ambiguous ? ' ?' : ''}`);

describe('the list of products', () => {
  it('is large, with unique ids and names that belong to one product', () => {
    expect(list.products.length).toBeGreaterThanOrEqual(1400);
    expect(list.names.length).toBeGreaterThanOrEqual(6000);
    expect(new Set(list.products.map(({ id }) => id)).size).toBe(list.products.length);
    expect(list.products.filter(({ kind }) => kind === 'vaccine').length).toBeGreaterThanOrEqual(40);
    const owners = new Map<string, string>();
    const shared = list.names.filter(({ text, product }) => {
      const key = foldWords(text);
      const owner = owners.get(key) ?? product.id;
      owners.set(key, owner);
      return key === '' || owner !== product.id;
    });
    expect(shared.map(({ text }) => text)).toEqual([]);
  });

  it('holds no word of the stop-list, and finds every other name', () => {
    expect(list.names.filter(({ text }) => list.stopWords.has(foldWords(text)))).toEqual([]);
    const lost = list.names.filter(({ text, product }) => {
      const [match] = lexicon.find(text);
      return match?.productId !== product.id || match.start !== 0;
    });
    expect(lost.map(({ text }) => text)).toEqual([]);
  });
});

describe('finding products', () => {
  it.each<[string, string[]]>([
    ['day 3 of zoloft and I feel odd', ['zoloft = sertraline']],
    ['ZOLOFT!!! #Zoloft', ['ZOLOFT = sertraline', 'Zoloft = sertraline']],
    ["zoloft's side effects, my Lexapro’s fault", ['zoloft = sertraline', 'Lexapro = escitalopram']],
    [
      'took plan b, #PlanB and Plan-B',
      ['plan b', 'PlanB', 'Plan-B'].map((x) => `${x} = emergency contraception`),
    ],
    [
      'got my flu shot and the #FluShot hurts',
      ['flu shot = influenza vaccine', 'FluShot = influenza vaccine'],
    ],
    [
      'pfizer vaccine or pfizer',
      ['pfizer vaccine', 'pfizer'].map((x) => `${x} = Pfizer-BioNTech COVID-19 vaccine`),
    ],
    ['effexor xr 75', ['effexor xr = venlafaxine']],
    ['two norcos and some ambiens', ['norcos = hydrocodone and paracetamol', 'ambiens = zolpidem']],
    ['co-codamol, cocodamol', ['co-codamol', 'cocodamol'].map((x) => `${x} = paracetamol and codeine`)],
    ['ibuprofène et paracétamol', ['ibuprofène = ibuprofen', 'paracétamol = paracetamol']],
    ["st. john's wort tea", ["st. john's wort = St John's wort"]],
    ['😵‍💫seroquel😵‍💫', ['seroquel = quetiapine']],
    [
      'metoprollol and hydroxychloroqiune',
      ['metoprollol = metoprolol', 'hydroxychloroqiune = hydroxychloroquine'],
    ],
    ['thanks @zoloft and @user', []],
    ['plan. but B is better', []],
    ['the plan\nb is here', []],
    ['zoloftian prezoloft', []],
    ['this is fine today, just a normal adult day with coffee', []],
  ])('%j', (text, expected) => {
    expect(seen(text)).toEqual(expected);
  });

  it.each<[string, string[]]>([
    ['I lean on my friends', ['lean = codeine and promethazine syrup ?']],
    ['hanging out in the bars with Nikki', ['bars = alprazolam ?', 'Nikki = combined oral contraceptive ?']],
    ['lithium batteries are expensive', ['lithium = lithium ?']],
    ['they prescribed me lithium', ['lithium = lithium']],
    ['lithium with seroquel', ['lithium = lithium', 'seroquel = quetiapine']],
    ['soma 350 mg again', ['soma 350 = carisoprodol']],
    ['the soma pills', ['soma = carisoprodol']],
  ])('leaves a name that is also a word in doubt until something speaks for it: %j', (text, expected) => {
    expect(seen(text)).toEqual(expected);
    expect(lexicon.has(text)).toBe(expected.some((match) => !match.endsWith('?')));
  });

  it.each([
    'yes today elevate adult balance',
    'concerts differ from proposals',
    'a preserved clarinet',
    'reactive metadata',
  ])('takes no ordinary word for a product: %j', (text) => {
    expect(seen(text)).toEqual([]);
    expect(lexicon.has(text)).toBe(false);
  });

  const pieces = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'zoloft',
      'PLAN B',
      '#FluShot',
      '\uD83D',
      '\uDE00',
      '\u0301',
      '\0',
      '\r\n',
      "'s",
      '@',
      '.',
      ' ',
    ),
    fc.constantFrom('flu', 'shot', 'st', 'john', 'lean', 'mg', 'metoprollol', '😵‍💫', 'İ', 'ß', 'ﬁ'),
  );
  it('gives places inside the text, in order, without overlaps, that read as the product', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        let last = 0;
        for (const { start, end, productId } of lexicon.find(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          const alone = lexicon.find(`${text.charAt(start - 1) === '#' ? '#' : ''}${text.slice(start, end)}`);
          expect(alone.map((match) => match.productId)).toEqual([productId]);
          last = end;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a text of a million words', () => {
    const text = 'zoloft and lean on me '.repeat(200_000);
    expect(lexicon.find(text).length).toBe(400_000);
    expect(lexicon.find('zoloft ok').length).toBe(1);
  });
});

describe('a further list', () => {
  const head = 'id\tkind\tname\tgroup\tbrands\tothers\n';
  const write = async (text: string): Promise<string> => {
    const path = join(folder, 'more.tsv');
    await writeFile(path, text);
    return path;
  };

  it('adds names, changes the version and cannot bring back a stop-word', async () => {
    const path = await write(`${head}ACME-1\tdrug\tblorptinib\tcancer\tBlorpix|today\t?bloop\n`);
    const more = await loadProducts(path);
    expect(more.version).not.toBe(list.version);
    const found = createLexicon(more).find('blorpix today, bloop');
    expect(found.map(({ productId, start }) => [productId, start])).toEqual([
      ['ACME-1', 0],
      ['ACME-1', 15],
    ]);
  });

  it.each([
    ['name\tkind\n', /line 1: the header must be id, kind, name/],
    [`${head}A\tpotion\tSECRET\n`, /line 2: the kind must be drug or vaccine/],
    [`${head}A\tdrug\t\n`, /line 2: the id or the name is empty/],
    [`${head}A\tdrug\tone\nA\tdrug\tSECRET\n`, /line 3: the id stands in an earlier line/],
  ])('says what is wrong (%#)', async (text, message) => {
    const error = await loadProducts(await write(text)).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('SECRET');
  });
});
