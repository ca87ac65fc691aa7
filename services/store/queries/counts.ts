/**
 * The questions that are asked of the mentions, as SQL with bound parameters. Whatever comes from outside is a
 * parameter; what is put into the text is chosen from lists in these files.
 */
import {
  conditionsOf,
  everyMentionOf,
  mentionsOf,
  reactionAt,
  standingCopies,
  type CountFilter,
  type Level,
  type Question,
  type Target,
} from './mention-filter.ts';

const both = ({ product, reaction }: ReturnType<typeof conditionsOf>): string[] =>
  [product, reaction].filter((condition) => condition !== undefined);

/** The first day of each bin. */
const bins = { day: 'day', week: 'toMonday(day)', month: 'toStartOfMonth(day)' } as const;
export type Bin = keyof typeof bins;

/**
 * People and posts of a target by day, week (from Monday) or month, without the bins that have none.
 * Rows: `at` (YYYY-MM-DD), `people`, `posts`.
 */
export function seriesOf(target: Target, bin: Bin, filter: CountFilter): Question {
  const conditions = conditionsOf(target);
  const mentions = mentionsOf(filter, both(conditions), 'day, author, post_hash');
  return {
    sql: `
SELECT ${bins[bin]} AS at, uniqExact(author) AS people, uniqExact(post_hash) AS posts
FROM ${mentions.sql}
GROUP BY at
ORDER BY at`,
    params: { ...mentions.params, ...conditions.params },
  };
}

/** People and posts of a target, and its first and last day. One row: people, posts, first, last. */
export function totalsOf(target: Target, filter: CountFilter): Question {
  const conditions = conditionsOf(target);
  const mentions = mentionsOf(filter, both(conditions), 'day, author, post_hash');
  return {
    sql: `
SELECT uniqExact(author) AS people, uniqExact(post_hash) AS posts, min(day) AS first, max(day) AS last
FROM ${mentions.sql}`,
    params: { ...mentions.params, ...conditions.params },
  };
}

/**
 * The main count and, beside it, the counts that never enter it. A row per role: role, people, posts, and
 * `all_people`, `all_posts` with copies, automated accounts and suspected advertising. The filter's role, model
 * and switch for duplicates are not looked at.
 */
export function rolesOf(target: Target, filter: CountFilter): Question {
  const { model: _, ...newest } = filter;
  const conditions = conditionsOf(target);
  const columns = 'role, author, post_hash, answer, automated, advert';
  const mentions = everyMentionOf(newest, both(conditions), columns);
  return {
    sql: `
SELECT role,
    uniqExactIf(author, original) AS people, uniqExactIf(post_hash, original) AS posts,
    uniqExact(author) AS all_people, uniqExact(post_hash) AS all_posts
FROM (
  SELECT role, author, post_hash,
    NOT automated AND NOT advert AND (role, answer) GLOBAL NOT IN (SELECT role, answer FROM ${standingCopies()}) AS original
  FROM ${mentions.sql}
)
GROUP BY role
ORDER BY all_people DESC, role`,
    params: { ...mentions.params, ...conditions.params },
  };
}

/** Rows of mentions with their reaction at a level, those that have none at it left out. */
function levelled(level: Level, filter: CountFilter, and: readonly string[] = []): Question {
  const { id, name, join, params } = reactionAt(level);
  const columns = 'day, product_id, product, concept_id, concept, class_id, class, author, post_hash';
  const mentions = mentionsOf(filter, and, columns);
  return {
    sql: `(
  SELECT m.day AS day, m.product_id AS product_id, m.product AS product, ${id} AS reaction_id, ${name} AS reaction,
    m.class_id AS class_id, m.class AS class, m.author AS author, m.post_hash AS post_hash
  FROM ${mentions.sql} AS m ${join}
  WHERE reaction_id != ''
)`,
    params: { ...mentions.params, ...params },
  };
}

/**
 * The 2x2 tables of all pairs at a level, in people: `n11` of both, `n1x` of the product, `nx1` of the reaction,
 * `n` of any pair. Rows: product_id, product, reaction_id, reaction, class_id, class, n11, n1x, nx1, n, posts.
 * Pairs of fewer than `minimum` people are left out of the rows, not of the margins.
 */
export function tablesOf(level: Level, filter: CountFilter, minimum = 1): Question {
  const mentions = levelled(level, filter);
  return {
    sql: `
SELECT product_id, product_name AS product, reaction_id, reaction_name AS reaction, class_of AS class_id,
    class_name AS class, people AS n11, n1x, nx1, n, posts
FROM (
  SELECT *,
    maxIf(people, reaction_id = '') OVER (PARTITION BY product_id) AS n1x,
    maxIf(people, product_id = '') OVER (PARTITION BY reaction_id) AS nx1,
    max(people) OVER () AS n
  FROM (
    SELECT product_id, reaction_id, any(product) AS product_name, any(reaction) AS reaction_name,
      any(class_id) AS class_of, any(class) AS class_name,
      uniqExact(author) AS people, uniqExact(post_hash) AS posts
    FROM ${mentions.sql}
    GROUP BY GROUPING SETS ((product_id, reaction_id), (product_id), (reaction_id), ())
  )
)
WHERE product_id != '' AND reaction_id != '' AND people >= {minimum:UInt32}
ORDER BY n11 DESC, product_id, reaction_id`,
    params: { ...mentions.params, minimum },
  };
}

const strata = {
  platform: 'platform',
  source: 'source',
  lang: 'lang',
  country: 'country',
  month: 'toStartOfMonth(day)',
} as const;
export type Stratum = keyof typeof strata;

/**
 * The 2x2 table of one pair in each stratum, in people. Rows: `stratum`, n11, n1x, nx1, n. Without a stratum
 * one row, whose stratum is ''.
 */
export function tableOf(
  pair: Required<Pick<Target, 'productId' | 'reactionId'>> & Pick<Target, 'level'>,
  filter: CountFilter,
  by?: Stratum,
): Question {
  const { product = '1', reaction = '1', params } = conditionsOf(pair);
  const atLevel = pair.level === 'class' ? "class_id != ''" : "concept_id != ''";
  const columns = 'product_id, concept_id, class_id, author, day, platform, source, lang, country';
  const mentions = mentionsOf(filter, [atLevel], columns);
  return {
    sql: `
SELECT ${by === undefined ? "''" : `toString(${strata[by]})`} AS stratum,
    uniqExactIf(author, ${product} AND ${reaction}) AS n11, uniqExactIf(author, ${product}) AS n1x,
    uniqExactIf(author, ${reaction}) AS nx1, uniqExact(author) AS n
FROM ${mentions.sql}
GROUP BY stratum
ORDER BY stratum`,
    params: { ...mentions.params, ...params },
  };
}

/**
 * Pairs whose people have changed most between the filter's days and the as many days before them, by the
 * difference in standard deviations of a Poisson count. Rows: product_id, product, reaction_id, reaction,
 * class_id, class, people, before, change.
 */
export function moversOf(level: Level, filter: CountFilter, limit = 20): Question {
  const days = (Date.parse(filter.to) - Date.parse(filter.from)) / 86_400_000 + 1;
  const earlier = new Date(Date.parse(filter.from) - days * 86_400_000).toISOString().slice(0, 10);
  const mentions = levelled(level, { ...filter, from: earlier });
  return {
    sql: `
SELECT product_id, any(product) AS product, reaction_id, any(reaction) AS reaction, any(class_id) AS class_id,
    any(class) AS class, uniqExactIf(author, day >= {since:Date}) AS people,
    uniqExactIf(author, day < {since:Date}) AS before, (people - before) / sqrt(people + before + 1) AS change
FROM ${mentions.sql}
GROUP BY product_id, reaction_id
ORDER BY abs(change) DESC, people DESC, product_id, reaction_id
LIMIT {limit:UInt32}`,
    params: { ...mentions.params, since: filter.from, limit },
  };
}

/** What a list is of. */
const subjects = {
  product: { id: 'product_id', name: 'product' },
  reaction: { id: 'reaction_id', name: 'reaction' },
} as const;

/**
 * Products, or reactions at a level, by people. Rows: id, name, people, posts. `target` narrows it to the
 * reactions of a product or the products of a reaction.
 */
export function rankingOf(
  subject: keyof typeof subjects,
  level: Level,
  filter: CountFilter,
  target: Target = {},
  limit = 100,
): Question {
  const { id, name } = subjects[subject];
  const conditions = conditionsOf({ ...target, level });
  const mentions = levelled(level, filter, both(conditions));
  return {
    sql: `
SELECT ${id} AS id, any(${name}) AS name, uniqExact(author) AS people, uniqExact(post_hash) AS posts
FROM ${mentions.sql}
GROUP BY id
ORDER BY people DESC, id
LIMIT {limit:UInt32}`,
    params: { ...mentions.params, ...conditions.params, limit },
  };
}

/**
 * Posts to read for a target, the surest first, each text once. Rows: post_id, revision, created_at (ms),
 * source, platform, lang, probability.
 */
export function examplesOf(target: Target, filter: CountFilter, limit = 10): Question {
  const conditions = conditionsOf(target);
  const columns =
    'post_id, revision, created_at, source, platform, lang, probability, text_cluster, post_hash';
  const mentions = mentionsOf(filter, both(conditions), columns);
  return {
    sql: `
SELECT post_id, revision, toUnixTimestamp(created_at) * 1000 AS created_at, source, platform, lang, probability
FROM (SELECT * FROM ${mentions.sql} ORDER BY probability DESC, created_at DESC, post_id LIMIT 1 BY text_cluster)
LIMIT {limit:UInt32}`,
    params: { ...mentions.params, ...conditions.params, limit },
  };
}
