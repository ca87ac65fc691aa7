import { standingCopies, type Question } from './mention-filter.ts';
import { termsOf } from './search-terms.ts';

/** Which posts are looked for. Empty lists and texts let all through; times are ms since 1970, `to` not included. */
export type PostFilter = {
  readonly from: number;
  readonly to: number;
  /** Words that must occur, "phrases in quotes", and -words that must not. */
  readonly text: string;
  readonly sources: readonly string[];
  readonly langs: readonly string[];
  readonly countries: readonly string[];
  /** Posts that mention one of these products, reactions (concepts) or organ classes, by id. */
  readonly products: readonly string[];
  readonly concepts: readonly string[];
  readonly classes: readonly string[];
  /** What the mention counts as; empty: anything. */
  readonly role: string;
  /** A sentence task that the model answered, the label that it gave and the bounds of the probability. */
  readonly answer?: {
    readonly task: string;
    readonly label: string;
    readonly from: number;
    readonly to: number;
  };
  /** Also copies of a text, automated accounts and suspected advertising. */
  readonly withDuplicates: boolean;
};

/** Where a page begins: after this post. */
export type PostPlace = { readonly createdAt: number; readonly postId: string };

export type FoundPost = {
  readonly postId: string;
  readonly revision: number;
  readonly source: string;
  readonly platform: string;
  readonly kind: string;
  readonly lang: string;
  readonly country: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly text: string;
  readonly permalink: string;
  readonly cluster: string;
  readonly automated: boolean;
  readonly advert: boolean;
};

type Params = Record<string, string | number | readonly string[]>;

function textConditions(text: string, params: Params): string[] {
  const { words, phrases, without } = termsOf(text);
  const bound = (kind: string, values: readonly string[], sql: (name: string) => string): string[] =>
    values.map((value, index) => {
      params[`${kind}${index}`] = value;
      return sql(`{${kind}${index}:String}`);
    });
  return [
    ...bound('word', words, (name) => `hasToken(lowerUTF8(text), ${name})`),
    ...bound('phrase', phrases, (name) => `positionCaseInsensitiveUTF8(text, ${name}) > 0`),
    ...bound('without', without, (name) => `NOT hasToken(lowerUTF8(text), ${name})`),
  ];
}

type ListName = 'sources' | 'langs' | 'countries' | 'products' | 'concepts' | 'classes';

const lists = [
  ['sources', 'source'],
  ['langs', 'lang'],
  ['countries', 'country'],
] as const;
const mentioned = [
  ['products', 'product_id'],
  ['concepts', 'concept_id'],
  ['classes', 'class_id'],
] as const;

function listConditions(
  filter: PostFilter,
  columns: readonly (readonly [ListName, string])[],
  params: Params,
): string[] {
  return columns.flatMap(([name, column]) => {
    const values = filter[name];
    if (values.length === 0) return [];
    params[name] = values;
    return [`${column} IN {${name}:Array(String)}`];
  });
}

/** Condition on the time, with the parameters `from` and `to` (ms). */
export const within = `created_at >= fromUnixTimestamp64Milli({from:Int64}) AND created_at < fromUnixTimestamp64Milli({to:Int64})`;

/** @throws RangeError for a task that is not a plain word; the caller knows which tasks there are. */
function answerCondition(
  { task, label, from, to }: NonNullable<PostFilter['answer']>,
  params: Params,
): string {
  if (!/^[a-z_]+$/.test(task)) throw new RangeError('this is not the name of a task');
  params['leastP'] = from;
  params['mostP'] = to;
  const and = [`${task}_p BETWEEN {leastP:Float64} AND {mostP:Float64}`, `${task} != ''`];
  if (label !== '') {
    params['label'] = label;
    and.push(`${task} = {label:String}`);
  }
  return `cityHash64(post_id) GLOBAL IN (
      SELECT cityHash64(post_id) FROM vigilstream.analyses
      WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${within} AND ${and.join(' AND ')})`;
}

/** Newest revisions, nothing that is gone. */
const standing = [
  `(cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.edits)
      OR (cityHash64(post_id), revision) GLOBAL IN
        (SELECT post_hash, max(revision) FROM vigilstream.edits GROUP BY post_hash))`,
  `cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE post_id != '' AND applied_at = 0)`,
  `author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE author != '' AND applied_at = 0)`,
];

const byPeople = ['NOT author_automated', "NOT has(flags, 'advert')"];

/**
 * Of each text among the posts that `where` finds only the earliest post of all time that stands and counts, as the
 * copies of mentions are found: by seconds, of the same second by the hash.
 */
const firstOfText = (where: readonly string[]): string => `cityHash64(post_id) GLOBAL IN (
      SELECT argMin(cityHash64(post_id), (toDateTime(created_at), cityHash64(post_id)))
      FROM vigilstream.posts
      PREWHERE cluster GLOBAL IN (SELECT cluster FROM vigilstream.posts WHERE ${where.join(' AND ')})
      WHERE ${[...byPeople, ...standing].join(' AND ')}
      GROUP BY cluster)`;

/** Posts with a mention of what is asked; undefined where a filter asks for none. */
function mentionCondition(filter: PostFilter, params: Params): string | undefined {
  const about = listConditions(filter, mentioned, params);
  if (filter.role !== '') {
    params['role'] = filter.role;
    about.push('role = {role:String}');
  }
  if (about.length === 0) return undefined;
  if (!filter.withDuplicates) {
    about.push(
      'NOT automated',
      'NOT advert',
      `(role, answer) GLOBAL NOT IN (SELECT role, answer FROM ${standingCopies()})`,
    );
  }
  return `cityHash64(post_id) GLOBAL IN (
      SELECT post_hash FROM vigilstream.mentions_current
      WHERE run = 'live' AND day BETWEEN toDate(fromUnixTimestamp64Milli({from:Int64}))
        AND toDate(fromUnixTimestamp64Milli({to:Int64})) AND ${about.join(' AND ')})`;
}

/** The posts of a filter: newest revisions, nothing that is gone, ready for SELECT … FROM posts WHERE. */
export function conditionsOf(filter: PostFilter): { where: string[]; params: Params } {
  const params: Params = { from: filter.from, to: filter.to };
  const where = [within, ...textConditions(filter.text, params), ...listConditions(filter, lists, params)];
  const mention = mentionCondition(filter, params);
  if (mention !== undefined) where.push(mention);
  if (filter.answer) where.push(answerCondition(filter.answer, params));
  where.push(...standing);
  // Which copies a mention has is known already; without one they are found among the texts.
  if (mention === undefined && !filter.withDuplicates) where.push(...byPeople, firstOfText(where));
  return { where, params };
}

/**
 * One page of posts, newest first, `limit` of them. The hours that it needs are found first, in the order of the
 * key, in which the engine stops reading as soon as it has enough; in an order that only begins like the key it
 * reads on. A row that is there twice, until the engine has merged it, comes twice, one after the other.
 * Rows: `FoundPost`.
 */
export function postsPageOf(filter: PostFilter, after: PostPlace | undefined, limit: number): Question {
  const { where, params } = conditionsOf(filter);
  if (after) {
    params['afterAt'] = after.createdAt;
    params['afterId'] = after.postId;
    where.push(`(created_at, post_id) < (fromUnixTimestamp64Milli({afterAt:Int64}), {afterId:String})`);
    params['to'] = Math.min(filter.to, after.createdAt + 1);
  }
  const fits = where.join('\n      AND ');
  return {
    sql: `
SELECT
    post_id AS postId, revision, source, platform, kind, lang, country, createdAt, seenAt, text, permalink,
    toString(cluster) AS cluster, author_automated AS automated, toBool(has(flags, 'advert')) AS advert
FROM
(
    SELECT *, toUnixTimestamp64Milli(created_at) AS createdAt, toUnixTimestamp64Milli(seen_at) AS seenAt
    FROM vigilstream.posts
    WHERE ${fits}
      AND created_at >= (
        SELECT min(hour) FROM (
          SELECT toStartOfHour(created_at) AS hour
          FROM vigilstream.posts
          WHERE ${fits}
          ORDER BY toStartOfHour(created_at) DESC, post_id DESC
          LIMIT {limit:UInt32}))
    ORDER BY created_at DESC, post_id DESC
    LIMIT {limit:UInt32}
)
ORDER BY created_at DESC, post_id DESC`,
    params: { ...params, limit },
  };
}

/** How many posts a filter finds, and of how many people. One row: posts, people. */
export function postsCountOf(filter: PostFilter): Question {
  const { where, params } = conditionsOf(filter);
  return {
    sql: `
SELECT uniqExact(post_id) AS posts, uniqExact(author) AS people
FROM vigilstream.posts
WHERE ${where.join('\n  AND ')}`,
    params,
  };
}
