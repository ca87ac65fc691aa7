import { fileURLToPath } from 'node:url';
import { sha256Hex } from '../../shared/ids.ts';
import { badLine, readLines } from '../lines.ts';
import { splitCells } from '../loaders/csv.ts';

export type ProductKind = 'drug' | 'vaccine';

/** A medicine, a vaccine, or a class of them that people speak of as one ("statins"). */
export type Product = {
  readonly id: string;
  readonly kind: ProductKind;
  /** Ingredient or plain name. */
  readonly name: string;
  readonly group: string;
};

/** One way to write a product; an ambiguous one is also an ordinary word or a person's name. */
export type ProductName = {
  readonly text: string;
  readonly product: Product;
  readonly ambiguous: boolean;
  /** An ingredient or a brand as it is properly written, not a slip, a nickname or a phrase. */
  readonly proper: boolean;
};

export type ProductList = {
  readonly products: readonly Product[];
  readonly names: readonly ProductName[];
  /** Ordinary words that are never taken for a product, whatever a list says. */
  readonly stopWords: ReadonlySet<string>;
  /** Words that show that a product is meant: `mg`, `pills`, `prescribed`. */
  readonly contextWords: ReadonlySet<string>;
  /** Hash over names, stop words and context words. */
  readonly version: string;
};

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const columns = ['id', 'kind', 'name', 'group', 'brands', 'others'];

async function readWords(path: string): Promise<Set<string>> {
  const words = new Set<string>();
  for await (const { text } of readLines(path)) {
    if (!text.startsWith('#')) words.add(text.trim().toLowerCase());
  }
  return words;
}

/** Names in a cell; a leading `?` marks an ambiguous one. */
function namesIn(cell: string, product: Product, proper: boolean): ProductName[] {
  const names = cell.split('|').map((name) => name.trim());
  return names
    .filter((name) => name.replace('?', '') !== '')
    .map((name) => ({
      text: name.replace(/^\?/, ''),
      product,
      ambiguous: name.startsWith('?'),
      proper,
    }));
}

async function readProducts(path: string): Promise<ProductName[]> {
  const names: ProductName[] = [];
  const ids = new Set<string>();
  for await (const { number, text } of readLines(path)) {
    const cells = splitCells(text, '\t');
    if (number === 1) {
      if (cells?.join() !== columns.join()) {
        throw badLine(path, number, `the header must be ${columns.join(', ')}, separated by tabs`);
      }
      continue;
    }
    if (!cells) throw badLine(path, number, 'a quotation mark is not closed');
    const [id, kind, name, group, brands, others] = cells;
    if (!id || !name) throw badLine(path, number, 'the id or the name is empty');
    if (kind !== 'drug' && kind !== 'vaccine')
      throw badLine(path, number, 'the kind must be drug or vaccine');
    if (ids.has(id)) throw badLine(path, number, 'the id stands in an earlier line as well');
    ids.add(id);
    const product: Product = { id, kind, name: name.replace(/^\?/, ''), group: group ?? '' };
    names.push(
      ...namesIn(`${name}|${brands ?? ''}`, product, true),
      ...namesIn(others ?? '', product, false),
    );
  }
  return names;
}

/**
 * The names that come along, and those of a further list in the same columns (its ids must be new).
 * @throws VigilError with the file and line that is wrong.
 */
export async function loadProducts(extra?: string): Promise<ProductList> {
  const own = await readProducts(file('lexicon.tsv'));
  const more = extra === undefined ? [] : await readProducts(extra);
  const names = [...own, ...more];
  const products = [...new Set(names.map(({ product }) => product))];
  const stopWords = await readWords(file('stop-words.txt'));
  const contextWords = await readWords(file('context-words.txt'));
  const version = sha256Hex(JSON.stringify([names, [...stopWords], [...contextWords]]), 16);
  return { products, names, stopWords, contextWords, version };
}
