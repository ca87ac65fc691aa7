import type { AnalysedPost } from '../../schemas/analysis.ts';
import { sha256Hex } from '../../services/shared/ids.ts';
import type { Database, Row } from '../../services/store/database.ts';
import { analysedPostRows } from '../../services/store/rows.ts';
import { analysedSample } from '../store/samples.ts';

export const dayMs = 86_400_000;

/** What somebody says: that a product did something to them. */
export type Told = {
  readonly n: number;
  /** ms since 1970 */
  readonly at: number;
  readonly product: string;
  readonly reaction: string;
  readonly author: string;
  /** Posts of one text share it; each its own when not given. */
  readonly text?: string;
  readonly automated?: boolean;
};

/** Organ class of a reaction of these tests: the word before the dash. */
export const classOf = (reaction: string): string => reaction.split('-')[0] ?? '';

function postOf(told: Told): AnalysedPost {
  const sample = analysedSample(told.n, {
    author: told.author,
    text: `the headache of ${told.text ?? `post ${told.n}`}`,
  });
  const { post, analysis } = sample;
  const [span] = analysis.spans;
  if (!span) throw new Error('the sample names no effect');
  const term = {
    id: told.reaction,
    term: told.reaction.toUpperCase(),
    classId: classOf(told.reaction),
    className: classOf(told.reaction).toUpperCase(),
    score: 0.9,
  };
  const place = { start: 0, end: 3, startUtf16: 0, endUtf16: 3 };
  return {
    ...sample,
    post: {
      ...post,
      createdAt: told.at,
      seenAt: told.at + 500,
      author: { ...post.author, automated: told.automated ?? false },
      cluster: sha256Hex(told.text ?? `post ${told.n}`, 16),
    },
    analysis: {
      ...analysis,
      analysedAt: told.at + 900,
      spans: [{ ...span, terms: [term] }],
      products: [{ id: told.product, name: told.product.toUpperCase(), kind: 'drug', ...place }],
    },
  };
}

/** Stores what is told, as the store does. */
export async function tell(database: Database, all: readonly Told[]): Promise<void> {
  const tables = new Map<string, Row[]>();
  for (const told of all) {
    for (const [table, row] of analysedPostRows(postOf(told))) {
      const rows = tables.get(table);
      if (rows) rows.push(row);
      else tables.set(table, [row]);
    }
  }
  const token = sha256Hex(JSON.stringify(all), 16);
  for (const [table, rows] of tables) await database.insert(`vigilstream.${table}`, rows, { token });
}

export const products = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
export const reactions = ['gut-ache', 'gut-cramp', 'skin-rash', 'skin-itch', 'head-ache', 'head-spin'];

/** A steady murmur: every pair is told of about three times a week, each time by somebody else. */
export function murmur(from: number, days: number): Told[] {
  const all: Told[] = [];
  for (let day = 0; day < days; day++) {
    for (const [p, product] of products.entries()) {
      for (const [r, reaction] of reactions.entries()) {
        if ((p * 13 + r * 7 + day * 3 + (p + r) * day) % 10 >= 4) continue;
        const n = all.length;
        all.push({ n, at: from + day * dayMs + n, product, reaction, author: `somebody ${n}` });
      }
    }
  }
  return all;
}

/** So many posts about one pair, spread over the last days before `until`. */
export function burst(
  until: number,
  posts: number,
  days: number,
  what: Omit<Told, 'n' | 'at' | 'author'> & { readonly author?: string },
  first = 1_000_000,
): Told[] {
  return Array.from({ length: posts }, (_, i) => ({
    author: `${what.product} sufferer ${i}`,
    ...what,
    n: first + i,
    at: until - Math.floor(((i + 0.5) * days * dayMs) / posts),
  }));
}
