import { mentionsOf, reactionAt, type CountFilter, type Level, type Question } from './mention-filter.ts';

export type ListRow = {
  readonly id: string;
  readonly name: string;
  /** Group above: the class of a reaction, the kind (drug, vaccine) of a product. */
  readonly above: string;
  readonly people: number;
  readonly posts: number;
  /** People in the later and in the earlier half; 0 where the stretch has none. */
  readonly recent: number;
  readonly before: number;
  /** Days (YYYY-MM-DD) that have people, and how many. */
  readonly days: readonly string[];
  readonly peopleOfDays: readonly number[];
  /** Signals that are not closed. */
  readonly signals: number;
};

/** What a list may be sorted by. */
export const listOrders = {
  people: 'people DESC, name',
  posts: 'posts DESC, name',
  rise: '(recent - before) / sqrt(recent + before + 1) DESC, people DESC',
  signals: 'signals DESC, people DESC',
  name: 'lowerUTF8(name), id',
} as const;
export type ListOrder = keyof typeof listOrders;

/** Two equal stretches of whole days (YYYY-MM-DD): from `first` to before `middle`, and from there to before `end`. */
export type Halves = { readonly first: string; readonly middle: string; readonly end: string };

/**
 * Products, or reactions at a level, with what a list shows of each. `find` is a part of the name; `halves` are
 * before and recent, where there are any.
 */
export function listOf(
  subject: 'product' | 'reaction',
  level: Level,
  filter: CountFilter & { readonly halves?: Halves | undefined; readonly find: string },
  order: ListOrder,
  limit: number,
): Question {
  const { id, name, join, params } = reactionAt(level);
  const { first, middle, end } = filter.halves ?? {
    first: filter.from,
    middle: filter.from,
    end: filter.from,
  };
  const mentions = mentionsOf(
    filter,
    [],
    'product_id, product, concept_id, concept, class_id, class, author, post_hash, day',
  );
  const own =
    subject === 'product'
      ? "m.product_id AS item_id, m.product AS item, '' AS item_above"
      : `${id} AS item_id, ${name} AS item, m.class AS item_above`;
  const kinds = `LEFT JOIN (SELECT product_id, any(kind) AS product_kind FROM vigilstream.product_names GROUP BY product_id) AS k ON k.product_id = id`;
  const column = subject === 'product' ? 'product_id' : 'concept_id';
  return {
    sql: `
SELECT id, name, ${subject === 'product' ? 'product_kind' : 'above_of'} AS above, people, posts, recent, before, days,
    peopleOfDays, signals
FROM (
  SELECT item_id AS id, anyIf(name_of, total) AS name, anyIf(above_name, total) AS above_of,
    maxIf(people_of, total) AS people, maxIf(posts_of, total) AS posts, maxIf(recent_of, total) AS recent,
    maxIf(before_of, total) AS before,
    arrayMap(x -> toString(x.1), arraySort(groupArrayIf((day, people_of), NOT total))) AS days,
    arrayMap(x -> x.2, arraySort(groupArrayIf((day, people_of), NOT total))) AS peopleOfDays
  FROM (
    SELECT item_id, day, grouping(day) = 1 AS total, any(item) AS name_of, any(item_above) AS above_name,
      uniqExact(author) AS people_of, uniqExact(post_hash) AS posts_of,
      uniqExactIf(author, day >= {middle:Date} AND day < {end:Date}) AS recent_of,
      uniqExactIf(author, day >= {first:Date} AND day < {middle:Date}) AS before_of
    FROM (
      SELECT ${own}, m.author AS author, m.post_hash AS post_hash, m.day AS day
      FROM ${mentions.sql} AS m ${subject === 'reaction' ? join : ''}
      WHERE item_id != '' AND ({find:String} = '' OR positionCaseInsensitiveUTF8(item, {find:String}) > 0)
    )
    GROUP BY GROUPING SETS ((item_id), (item_id, day))
  )
  GROUP BY id
) AS t
${subject === 'product' ? kinds : ''}
LEFT JOIN (
  SELECT ${column} AS signal_item, count() AS signals FROM vigilstream.signals_current
  WHERE run = 'live' AND state != 'closed' GROUP BY signal_item
) AS s ON s.signal_item = id
ORDER BY ${listOrders[order]}
LIMIT {limit:UInt32}`,
    params: {
      ...mentions.params,
      ...(subject === 'reaction' ? params : {}),
      first,
      middle,
      end,
      find: filter.find,
      limit,
    },
  };
}

const nameColumns = {
  product: ['product_id', 'product'],
  term: ['concept_id', 'concept'],
  class: ['class_id', 'class'],
} as const;

/** The name of a product, a term or a class by its `{id:String}`; no row where nobody has told of it. */
export function subjectNameSql(what: keyof typeof nameColumns): string {
  const [id, name] = nameColumns[what];
  return `SELECT ${name} AS name FROM vigilstream.mentions WHERE run = 'live' AND ${id} = {id:String} LIMIT 1`;
}
