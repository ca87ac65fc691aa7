/** The counts from scratch, in plain TypeScript, from what was stored and nothing that was derived from it. */
import type { AnalysedPost } from '../../../schemas/analysis.ts';
import type { MentionRole } from '../../../services/store/queries/mention-filter.ts';
import { roleOf } from '../../../services/store/rows.ts';

export type Stored = {
  readonly analysed: readonly AnalysedPost[];
  readonly deletedPosts: ReadonlySet<string>;
  /** Hashes of authors. */
  readonly deletedAuthors: ReadonlySet<string>;
};

export type Asked = {
  readonly run: string;
  readonly role: MentionRole;
  readonly model?: string;
  readonly withDuplicates?: boolean;
  /** Days since 1970, both included. */
  readonly from?: number;
  readonly to?: number;
};

type Mention = {
  readonly post: AnalysedPost['post'];
  readonly product: string;
  readonly concept: string;
  readonly classId: string;
  readonly role: string;
};

const dayOf = (at: number): number => Math.floor(at / 86_400_000);

/** Analyses of the current revision of posts that are there: the newest, or the newest of one model. */
function standing(
  { analysed, deletedPosts, deletedAuthors }: Stored,
  run: string,
  model: string | undefined,
) {
  const newestRevision = new Map<string, number>();
  for (const { post } of analysed) {
    newestRevision.set(post.id, Math.max(post.revision, newestRevision.get(post.id) ?? 0));
  }
  const newest = new Map<string, AnalysedPost>();
  for (const one of analysed) {
    const { post, analysis } = one;
    if (analysis.run !== run || analysis.gate.verdict === 'refused') continue;
    if (model !== undefined && analysis.versions.model !== model) continue;
    if (post.revision < (newestRevision.get(post.id) ?? 0)) continue;
    if (deletedPosts.has(post.id) || deletedAuthors.has(post.author.hash)) continue;
    const before = newest.get(post.id);
    if (!before || before.analysis.analysedAt < analysis.analysedAt) newest.set(post.id, one);
  }
  return [...newest.values()];
}

function mentionsOf({ post, analysis }: AnalysedPost): Mention[] {
  const products = new Set(analysis.products.map(({ id }) => id));
  return [...products].flatMap((product) =>
    analysis.spans.map((span) => ({
      post,
      product,
      concept: span.level === 'term' ? (span.terms[0]?.id ?? '') : '',
      classId: span.terms[0]?.classId ?? '',
      role: roleOf(span, analysis.tasks),
    })),
  );
}

/** The mentions that count. */
export function scratchMentions(stored: Stored, asked: Asked): Mention[] {
  const { run, role, model, withDuplicates = false, from = 0, to = Infinity } = asked;
  const inRole = (of: readonly AnalysedPost[]): Mention[] =>
    of.flatMap(mentionsOf).filter((mention) => mention.role === role);
  const all = inRole(standing(stored, run, model));
  const inDays = ({ post }: Mention): boolean => dayOf(post.createdAt) >= from && dayOf(post.createdAt) <= to;
  if (withDuplicates) return all.filter(inDays);
  const able = all.filter(({ post }) => !post.author.automated && !post.flags.includes('advert'));
  const first = new Map<string, AnalysedPost['post']>();
  for (const { post } of able) {
    const before = first.get(post.cluster);
    if (!before || post.createdAt < before.createdAt) first.set(post.cluster, post);
  }
  return able.filter((mention) => first.get(mention.post.cluster)?.id === mention.post.id && inDays(mention));
}

const distinct = (of: readonly Mention[], key: (mention: Mention) => string): number =>
  new Set(of.map(key)).size;

export const peopleOf = (of: readonly Mention[]): number => distinct(of, ({ post }) => post.author.hash);
export const postsOf = (of: readonly Mention[]): number => distinct(of, ({ post }) => post.id);

/** The 2x2 table of every pair, as `product concept n11 n1x nx1 n posts`, sorted. */
export function scratchTables(stored: Stored, asked: Asked): string[] {
  const counted = scratchMentions(stored, asked).filter(({ concept }) => concept !== '');
  const pairs = new Set(counted.map(({ product, concept }) => `${product} ${concept}`));
  return [...pairs].sort().map((pair) => {
    const [product, concept] = pair.split(' ');
    const both = counted.filter((one) => one.product === product && one.concept === concept);
    const ofProduct = counted.filter((one) => one.product === product);
    const ofConcept = counted.filter((one) => one.concept === concept);
    const people = [both, ofProduct, ofConcept, counted].map(peopleOf).join(' ');
    return `${pair} ${people} ${postsOf(both)}`;
  });
}
