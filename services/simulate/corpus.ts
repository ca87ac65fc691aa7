import type { Draft, Role } from './draft.ts';
import type { Product } from './pharmacy.ts';
import { recordsOf } from './words.ts';

type Written = {
  readonly text: string;
  readonly role: Role;
  readonly person: 'self' | 'other' | 'none';
  readonly drug: readonly string[];
  readonly spans: readonly string[];
  readonly terms: readonly string[];
};

/** Different names for one reaction that the posts use. */
const sameAs: Record<string, string> = {
  'weight gain': 'weight increased',
  fever: 'pyrexia',
  nightmares: 'nightmare',
  'vivid dreams': 'abnormal dreams',
  'metallic taste': 'dysgeusia',
  confusion: 'confusional state',
  anger: 'aggression',
  sedation: 'somnolence',
  tearfulness: 'crying',
  'jaw clenching': 'bruxism',
  'peripheral oedema': 'peripheral swelling',
  'blurred vision': 'vision blurred',
};

let loaded: readonly Written[] | undefined;

/** Posts that were written whole, as drafts; `@user` in them stands for a handle. */
export function writtenPosts(products: readonly Product[]): Draft[] {
  loaded ??= recordsOf('corpus/posts.ndjson') as readonly Written[];
  const byName = new Map<string, Product>();
  for (const product of products) {
    for (const name of [product.name, ...product.written]) byName.set(name.toLowerCase(), product);
  }
  return loaded.map((post): Draft => {
    const written = post.drug[0]?.replace(/^#/, '');
    const product = byName.get(written?.toLowerCase() ?? '');
    const said = post.role === 'effect' || post.role === 'withdrawal';
    return {
      text: post.text,
      title: undefined,
      lang: 'en',
      topic: 'health',
      role: post.role,
      person: post.person,
      product: post.role === 'other-sense' ? undefined : (product?.name ?? written?.toLowerCase()),
      vaccine: product?.vaccine ?? false,
      written,
      effects: said
        ? post.terms.map((term, index) => ({
            term: sameAs[term.toLowerCase()] ?? term.toLowerCase(),
            phrase: post.spans[index],
          }))
        : [],
      stance: undefined,
      secrets: [],
    };
  });
}
