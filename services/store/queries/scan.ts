import { mentionsOf, reactionAt, type CountFilter, type Level, type Question } from './mention-filter.ts';

/*
 * What a scan of all pairs reads. Empty ids in the answers are margins: all reactions of a product, all products of
 * a reaction, all of all.
 */

/** The mentions of a filter with their reaction at a level, each four times: for the pair and for its margins. */
function spread(level: Level, filter: CountFilter): Question {
  const { id, name, join, params } = reactionAt(level);
  const columns = 'product_id, product, concept_id, concept, class_id, class, author, day';
  const mentions = mentionsOf(filter, [], columns);
  return {
    sql: `(
  SELECT
      arrayJoin([(m.product_id, ${id}), (m.product_id, ''), ('', ${id}), ('', '')]) AS pair,
      m.product AS product, ${name} AS reaction, m.class_id AS class_id, m.class AS class, m.author AS author,
      m.day AS day
  FROM ${mentions.sql} AS m ${join}
  WHERE ${id} != ''
)`,
    params: { ...mentions.params, ...params },
  };
}

export type SeriesRow = {
  readonly productId: string;
  readonly reactionId: string;
  /** Bins, and the people in each. */
  readonly bins: readonly number[];
  readonly counts: readonly number[];
};

/**
 * People of every pair and margin by bin, counted back from the last day of the filter. A person counts once in each
 * seven days, on the first of them on which the person spoke. The last `recent` days are bins of their own, 0 is the
 * last one; bins of seven days follow.
 */
export function scanSeriesOf(level: Level, filter: CountFilter, recent: number): Question {
  const mentions = spread(level, filter);
  const age = 'toInt32({to:Date} - day)';
  return {
    sql: `
SELECT pair.1 AS productId, pair.2 AS reactionId, groupArray(bin) AS bins, groupArray(people) AS counts
FROM (
  SELECT pair, if(age < {recent:Int32}, age, {recent:Int32} + intDiv(age - {recent:Int32}, 7)) AS bin, count() AS people
  FROM (
    SELECT pair, author, intDiv(${age}, 7) AS week, max(${age}) AS age
    FROM ${mentions.sql}
    GROUP BY pair, author, week
  )
  GROUP BY pair, bin
)
GROUP BY pair`,
    params: { ...mentions.params, recent },
  };
}

export type PeopleRow = {
  readonly productId: string;
  readonly product: string;
  readonly reactionId: string;
  readonly reaction: string;
  readonly classId: string;
  readonly className: string;
  readonly people: number;
};

/**
 * Distinct people of every pair and margin that the filter lets through, with the names. People before `since`, a day,
 * do not count: their pairs are there with 0.
 */
export function scanPeopleOf(level: Level, filter: CountFilter, since: string): Question {
  const mentions = spread(level, filter);
  const people = since > filter.from ? 'uniqExactIf(author, day >= {since:Date})' : 'uniqExact(author)';
  return {
    sql: `
SELECT
    pair.1 AS productId, any(product) AS product, pair.2 AS reactionId, any(reaction) AS reaction,
    any(class_id) AS classId, any(class) AS className, ${people} AS people
FROM ${mentions.sql}
GROUP BY pair`,
    params: { ...mentions.params, since },
  };
}

/** The first day that is counted, days since 1970, and how many mentions there are. */
export function scanExtentOf(filter: CountFilter): Question {
  const mentions = mentionsOf(filter, [], 'day');
  return {
    sql: `SELECT toInt32(toUInt16(min(day))) AS first, count() AS mentions FROM ${mentions.sql}`,
    params: mentions.params,
  };
}

/** The mentions that are counted, in the order of days, with the ids of authors as text; for the back-test. */
export function historyOf(level: Level, filter: CountFilter): Question {
  const { id, name, join, params } = reactionAt(level);
  const columns = 'product_id, product, concept_id, concept, class_id, class, author, day, post_hash';
  const mentions = mentionsOf(filter, [], columns);
  return {
    sql: `
SELECT
    toInt32(toUInt16(m.day)) AS day, m.product_id AS productId, any(m.product) AS product, ${id} AS reactionId,
    any(${name}) AS reaction, any(m.class_id) AS classId, any(m.class) AS className, toString(m.author) AS author
FROM ${mentions.sql} AS m ${join}
WHERE ${id} != ''
GROUP BY day, productId, reactionId, author
ORDER BY day, productId, reactionId, author`,
    params: { ...mentions.params, ...params },
  };
}

export type HistoryRow = Omit<PeopleRow, 'people'> & { readonly day: number; readonly author: string };
