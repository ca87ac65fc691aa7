import { compile, type Template } from './template.ts';
import { fieldsOf, itemsOf, linesOf } from './words.ts';

/** An unwanted effect and the ways in which people say it. */
export type Reaction = {
  readonly term: string;
  /** What one gets from it: "a splitting headache". */
  readonly things: readonly Template[];
  /** What happens then: "my head is pounding". */
  readonly clauses: readonly Template[];
};

export type Product = {
  readonly name: string;
  readonly vaccine: boolean;
  readonly form: string;
  /** Names as people write them, the commonest first. */
  readonly written: readonly string[];
  readonly takenFor: readonly Template[];
  /** Reactions that are named with it more often than others. */
  readonly usual: readonly Reaction[];
};

export type Pharmacy = { readonly products: readonly Product[]; readonly reactions: readonly Reaction[] };

let loaded: Pharmacy | undefined;

/** The products and reactions of the invented world; read once. */
export function pharmacy(): Pharmacy {
  if (loaded) return loaded;
  const reactions = linesOf('reactions.txt').map((line): Reaction => {
    const [term = '', things, clauses] = fieldsOf(line);
    return { term, things: itemsOf(things).map(compile), clauses: itemsOf(clauses).map(compile) };
  });
  const byTerm = new Map(reactions.map((reaction) => [reaction.term, reaction]));
  const products = linesOf('products.txt').map((line): Product => {
    const [name = '', kind, form = '', written, takenFor, usual] = fieldsOf(line);
    return {
      name,
      vaccine: kind === 'vaccine',
      form,
      written: itemsOf(written),
      takenFor: itemsOf(takenFor).map(compile),
      usual: itemsOf(usual).map((term) => {
        const reaction = byTerm.get(term);
        if (!reaction) throw new Error(`the product ${name} names an unknown reaction ${term}`);
        return reaction;
      }),
    };
  });
  loaded = { products, reactions };
  return loaded;
}
