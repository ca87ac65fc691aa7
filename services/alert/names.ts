import type { Rule } from '../../schemas/alerting.ts';
import { nearest } from '../shared/settings/walk.ts';
import type { ProductList } from '../terminology/lexicon/lexicon.ts';
import type { Terminology } from '../terminology/terminology.ts';

/** What a rule is limited to, as ids; an empty list means any. */
export type Scope = {
  readonly products: readonly string[];
  readonly terms: readonly string[];
  readonly classes: readonly string[];
  readonly sources: readonly string[];
  readonly languages: readonly string[];
};

export type Resolved =
  | { readonly ok: true; readonly scope: Scope }
  | { readonly ok: false; readonly problem: string };

export type Names = {
  /** Ids of what a rule names, or one line that says which name is unknown and what it may mean. */
  resolve(rule: Rule): Resolved;
  /** Ids of the reactions that some concept ids or names stand for in this terminology. */
  concepts(ids: readonly string[], names: readonly string[]): string[];
};

const key = (name: string): string => name.trim().toLowerCase();

/** Ids by name, where an earlier name wins over a later one. */
function indexed(pairs: Iterable<readonly [string, string]>): Map<string, string> {
  const index = new Map<string, string>();
  for (const [name, id] of pairs) if (!index.has(key(name))) index.set(key(name), id);
  return index;
}

/** Looks names of products and reactions up, as they stand in the lexicon and the terminology. */
export function createNames(terminology: Terminology, list: ProductList): Names {
  const { concepts } = terminology;
  const products = indexed([
    ...list.products.flatMap(({ id, name }) => [[id, id] as const, [name, id] as const]),
    ...list.names.filter(({ proper }) => proper).map(({ text, product }) => [text, product.id] as const),
  ]);
  const groups = Map.groupBy(list.products, ({ group }) => key(group));
  const terms = indexed([
    ...concepts.flatMap(({ id, term }) => [[id, id] as const, [term, id] as const]),
    ...concepts.flatMap(({ id, synonyms }) => synonyms.map((name) => [name, id] as const)),
  ]);
  const classes = indexed(
    concepts.flatMap(({ classId, className }) => [
      [classId, classId] as const,
      [className, classId] as const,
    ]),
  );
  const termNames = concepts.map(({ term }) => term);

  function lookUp(
    what: string,
    words: readonly string[],
    index: Map<string, string>,
    near: readonly string[],
  ) {
    const ids: string[] = [];
    for (const word of words) {
      const id = index.get(key(word));
      if (id === undefined) {
        const best = nearest(word, near);
        throw new RangeError(
          `unknown ${what} "${word.slice(0, 60)}"${best ? `; did you mean ${best}?` : ''}`,
        );
      }
      ids.push(id);
    }
    return ids;
  }

  return {
    resolve(rule) {
      const sources = rule.sources;
      if (rule.kind === 'pipeline') {
        return { ok: true, scope: { products: [], terms: [], classes: [], sources, languages: [] } };
      }
      try {
        const named = lookUp('product', rule.products, products, [...products.keys()]);
        const grouped = rule.productClasses.flatMap((group) => {
          const found = groups.get(key(group));
          if (found) return found.map(({ id }) => id);
          const best = nearest(group, [...groups.keys()]);
          throw new RangeError(
            `unknown product class "${group.slice(0, 60)}"${best ? `; did you mean ${best}?` : ''}`,
          );
        });
        return {
          ok: true,
          scope: {
            products: [...new Set([...named, ...grouped])],
            terms: lookUp('term', rule.terms, terms, termNames),
            classes: lookUp('organ class', rule.classes, classes, [...classes.keys()]),
            sources,
            languages: rule.languages,
          },
        };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return { ok: false, problem: `rule ${rule.id}: ${error.message}` };
      }
    },
    concepts(ids, names) {
      const known = ids.filter((id) => terminology.lookup(id) !== undefined);
      const byName = names.flatMap((name) => terms.get(key(name)) ?? []);
      return [...new Set([...known, ...byName])];
    },
  };
}
