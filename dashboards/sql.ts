/**
 * Parts of queries. What counts as a person, a copy or an answer that stands is said in
 * schemas/clickhouse/views.sql; these are the same conditions with the choices of the reader in them.
 */

/** Conditions on where a post comes from, for any table with the columns `source` and `lang`. */
export const fromChosenPlaces = `$__conditionalAll(source IN (\${source:sqlstring}), $source)
  AND $__conditionalAll(lang IN (\${lang:sqlstring}), $lang)`;

/** What is told of a post comes in after it was written, give or take a clock; so most of it need not be read. */
const sinceFrom = 'stored_at >= $__fromTime - INTERVAL 1 DAY';

/** Condition on `analyses` of the chosen time: the post is not gone, and this is its newest revision. */
export const stillThere = `cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE ${sinceFrom})
  AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE post_id = '')
  AND (cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.edits WHERE ${sinceFrom})
    OR (cityHash64(post_id), revision) GLOBAL IN (SELECT post_hash, max(revision) FROM vigilstream.edits WHERE ${sinceFrom} GROUP BY post_hash))`;

const byChosenModel = '$__conditionalAll(model IN (${model:sqlstring}), $model)';

/**
 * Analyses that do not stand: of deleted posts and earlier revisions always; those of older models unless
 * somebody asks for a model by its name.
 */
const fallen = `SELECT answer FROM vigilstream.superseded WHERE $__conditionalAll(reason != 'model', $model)`;

/** Rows of `mentions` of the chosen places and model that stand. */
const standing = `run = 'live' AND ${fromChosenPlaces} AND ${byChosenModel}
  AND answer GLOBAL NOT IN (${fallen})`;

/** Copies of texts whose first one stands. */
const copies = (columns: string) =>
  `SELECT ${columns} FROM vigilstream.copies WHERE first GLOBAL NOT IN (${fallen})`;

const onceUnless = (isCopy: string) =>
  `(\${duplicates:sqlstring} = 'with' OR (NOT automated AND NOT advert AND ${isCopy}))`;

/**
 * Condition on `mentions`: effects that somebody had. Without copies each text counts once, for whoever was
 * first, and automated accounts and advertising do not count.
 */
export const counted = `role = 'effect' AND ${standing}
  AND ${onceUnless(`answer GLOBAL NOT IN (${copies('answer')} AND role = 'effect')`)}`;

/** The same for mentions of any role. */
export const countedAnyRole = `${standing}
  AND ${onceUnless(`(role, answer) GLOBAL NOT IN (${copies('role, answer')})`)}`;

/** Condition on any table with a `product_id`. */
export const ofProduct = '$__conditionalAll(product_id IN (${product:sqlstring}), $product)';

/** Condition on tables whose `concept_id` is that of the chosen level: scores, signals, alerts. */
export const ofConcept = '$__conditionalAll(concept_id IN (${term:sqlstring}), $term)';

/** Condition on `pair_scores_latest`: the live stream at the chosen level. */
export const scoresAtLevel = "run = 'live' AND level = ${level:sqlstring}";

const between = "${level:sqlstring} NOT IN ('term', 'class')";

/** Each concept's group at the chosen level, where that lies between term and class. */
const groups = `SELECT concept_id, argMax(group_id, at) AS group_id, argMax(group_name, at) AS group_name
  FROM vigilstream.term_levels WHERE level = \${level:sqlstring} AND ${between} GROUP BY concept_id`;

/** Condition on `mentions`: the reaction is chosen, at the chosen level. Its parts are keys of the table. */
export const ofReaction = `$__conditionalAll((
  (\${level:sqlstring} = 'term' AND concept_id IN (\${term:sqlstring}))
  OR (\${level:sqlstring} = 'class' AND class_id IN (\${term:sqlstring}))
  OR (${between} AND concept_id GLOBAL IN (SELECT concept_id FROM (${groups}) WHERE group_id IN (\${term:sqlstring})))
), $term)`;

/**
 * Rows of `mentions` that have a reaction at the chosen level, with the columns `reaction_id` and `reaction`.
 * @param where condition on `mentions`
 */
export function atLevel(where: string): string {
  return `(
  SELECT
    m.*,
    multiIf(\${level:sqlstring} = 'term', m.concept_id, \${level:sqlstring} = 'class', m.class_id, g.group_id) AS reaction_id,
    multiIf(\${level:sqlstring} = 'term', m.concept, \${level:sqlstring} = 'class', m.class, g.group_name) AS reaction
  FROM (SELECT * FROM vigilstream.mentions WHERE ${where}) AS m
  GLOBAL LEFT JOIN (${groups}) AS g ON g.concept_id = m.concept_id
  WHERE reaction_id != ''
)`;
}

const step = 'toIntervalSecond($__interval_s)';
const everyStep = `FROM toStartOfInterval($__fromTime, ${step}) TO $__toTime STEP ${step}`;

/**
 * A chart of counts over time, with zeros where nothing was counted. `query` has the columns `time`,
 * `series` and `value`, and no order.
 */
export function countsOfSeries(query: string): string {
  return `
SELECT time, series, value
FROM (${query}
  ORDER BY series, time WITH FILL ${everyStep}
)
WHERE series != ''
ORDER BY time, series`;
}

/** The same for one series or several columns: `query` has the column `time`, counts, and no order. */
export function countsOverTime(query: string): string {
  return `${query}
ORDER BY time WITH FILL ${everyStep}`;
}
