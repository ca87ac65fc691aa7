/**
 * What alert rules look at. Every text gives the things of a stretch of time (ms, both ends included) as they
 * happened, oldest first; the rules count them. Where there are more than `limit`, it gives the newest of them. An
 * empty list or text of a parameter means any.
 */

const within = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({from:Int64}) AND ${column} <= fromUnixTimestamp64Milli({to:Int64})`;

/** The newest `limit` rows of a query with a column `at`, oldest first. */
const newest = (query: string): string => `
SELECT * FROM (${query}
ORDER BY at DESC
LIMIT {limit:UInt32})
ORDER BY at`;

const any = (column: string, parameter: string): string =>
  `(empty({${parameter}:Array(String)}) OR ${column} IN {${parameter}:Array(String)})`;

/**
 * Posts whose text matches a regular expression of RE2; none where it is empty. Only the texts of posts that name a
 * product are read: most posts were refused by the gate, and a text costs more than all the rest of its row.
 */
const worded = `cityHash64(post_id) IN (
        SELECT cityHash64(post_id) FROM vigilstream.posts
        WHERE ${within('created_at')} AND {words:String} != ''
          AND cityHash64(post_id) IN (
              SELECT cityHash64(post_id) FROM vigilstream.analyses
              WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${within('created_at')}
                AND notEmpty(\`products.id\`))
          AND match(text, {words:String}))`;

export type SignalEventRow = {
  readonly at: number;
  readonly signalId: string;
  readonly level: string;
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly classId: string;
  readonly class: string;
  readonly evidence: string;
};

/** Signals as they were detected, and as their evidence grew while they were open. */
export const signalEvidenceSql = newest(`
SELECT
    toUnixTimestamp64Milli(signal_events.at) AS at, signal_id AS signalId, level, product_id AS productId, product,
    concept_id AS conceptId, concept, class_id AS classId, class, evidence
FROM vigilstream.signal_events
WHERE run = 'live' AND person = 'machine' AND evidence != '' AND to_state != 'closed' AND ${within('signal_events.at')}`);

/** People and posts of one product and reaction, or group of reactions at any level, in some sources and languages. */
export const pairPeopleSql = `
SELECT uniqExact(author) AS people, uniqExact(post_hash) AS posts
FROM
(
    SELECT author, post_hash
    FROM vigilstream.mentions_current
    WHERE run = 'live' AND product_id = {product:String}
      AND (concept_id = {concept:String} OR class_id = {concept:String} OR concept_id GLOBAL IN (
          SELECT concept_id FROM vigilstream.term_levels
          WHERE concept_id GLOBAL IN (SELECT concept_id FROM vigilstream.term_levels WHERE group_id = {concept:String})
          GROUP BY concept_id, level
          HAVING argMax(group_id, at) = {concept:String}))
      AND day >= toDate(fromUnixTimestamp64Milli({from:Int64})) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}))
      AND role = 'effect' AND NOT automated AND NOT advert
      AND ${any('source', 'sources')} AND ${any('lang', 'languages')}
    ORDER BY created_at, post_hash
    LIMIT 1 BY text_cluster
)`;

export type MentionRow = {
  readonly at: number;
  readonly item: string;
  readonly postId: string;
  readonly person: string;
  /** Posts of one near-duplicate text share it. */
  readonly text: string;
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly classId: string;
  readonly class: string;
};

const scope = `${any('product_id', 'products')} AND ${any('source', 'sources')} AND ${any('lang', 'languages')}
      AND ((empty({terms:Array(String)}) AND empty({classes:Array(String)}))
           OR concept_id IN {terms:Array(String)} OR class_id IN {classes:Array(String)})`;

/** Effects of which the reaction is one of `events`, or whose post matches `words`; a copied text counts once. */
export const seriousMentionsSql = newest(`
SELECT
    toUnixTimestamp(created_at) * 1000 AS at, hex(post_hash) AS item, post_id AS postId, hex(author) AS person, hex(text_cluster) AS text,
    product_id AS productId, product, concept_id AS conceptId, concept, class_id AS classId, class
FROM
(
    SELECT created_at, post_hash, post_id, author, text_cluster, product_id, product, concept_id, concept, class_id, class
    FROM vigilstream.mentions_current
    WHERE run = 'live' AND ${within('created_at')}
      AND day >= toDate(fromUnixTimestamp64Milli({from:Int64})) AND day <= toDate(fromUnixTimestamp64Milli({to:Int64}))
      AND role = 'effect' AND NOT automated AND NOT advert
      AND ${scope}
      AND (concept_id IN {events:Array(String)} OR ${worded})
    ORDER BY created_at, post_hash
    LIMIT 1 BY text_cluster, product_id, concept_id
)`);

export type KindPostRow = {
  readonly at: number;
  readonly item: string;
  readonly postId: string;
  readonly person: string;
  /** Posts of one near-duplicate text share it. */
  readonly text: string;
  readonly productIds: readonly string[];
  readonly products: readonly string[];
};

/** Posts that name a product and either a reaction of `events`, unless it is denied, or something that matches `words`. */
export const kindPostsSql = newest(`
SELECT
    toUnixTimestamp64Milli(created_at) AS at, hex(cityHash64(post_id)) AS item, post_id AS postId,
    hex(author) AS person, hex(cluster) AS text, productIds, products
FROM
(
    SELECT
        created_at, post_id, author, cluster,
        arrayFilter(id -> empty({products:Array(String)}) OR id IN {products:Array(String)}, arrayDistinct(\`products.id\`)) AS productIds,
        arrayMap(id -> \`products.name\`[indexOf(\`products.id\`, id)], productIds) AS products
    FROM vigilstream.analyses_current
    WHERE run = 'live' AND ${within('created_at')} AND NOT author_automated AND NOT advert
      AND notEmpty(productIds) AND adverse_effect_p >= {probability:Float64}
      AND ${any('source', 'sources')} AND ${any('lang', 'languages')}
      AND ((empty({terms:Array(String)}) AND empty({classes:Array(String)}))
           OR hasAny(\`spans.concept_id\`, {terms:Array(String)}) OR hasAny(\`spans.class_id\`, {classes:Array(String)}))
      AND (arrayExists((id, role) -> role != 'negated' AND has({events:Array(String)}, id), \`spans.concept_id\`, \`spans.role\`)
           OR ${worded})
    ORDER BY created_at, post_id
    LIMIT 1 BY cluster
)`);

export type StretchRow = { readonly source: string; readonly last: number; readonly next: number };

/**
 * Stretches of at least `silent` ms without a post: the time of the last one before and of the first one after
 * (0 where none came yet).
 */
export const silencesOfSourcesSql = `
SELECT source, last, next
FROM
(
    SELECT
        source, last,
        leadInFrame(first) OVER (PARTITION BY source ORDER BY minute
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
    FROM
    (
        SELECT
            source, toStartOfMinute(seen_at) AS minute,
            toUnixTimestamp64Milli(min(seen_at)) AS first, toUnixTimestamp64Milli(max(seen_at)) AS last
        FROM vigilstream.posts
        WHERE ${within('seen_at')} AND ${any('source', 'sources')}
        GROUP BY source, minute
    )
)
WHERE if(next = 0, {to:Int64}, next) - last >= {silent:Int64}
ORDER BY last`;

export type HeardRow = { readonly source: string; readonly last: number };

/** When each of some sources last delivered a post, however long ago; a source that never did has no row. */
export const lastHeardSql = `
SELECT source, toUnixTimestamp64Milli(max(seen_at)) AS last
FROM vigilstream.posts
WHERE source IN {sources:Array(String)}
GROUP BY source`;

export type SampleRow = { readonly at: number; readonly name: string; readonly value: number };

/** What was measured of the stream itself where it reached `least`, and the first measure after that where it did not. */
export const samplesSql = newest(`
SELECT at, name, value
FROM
(
    SELECT
        toUnixTimestamp64Milli(samples.at) AS at, name, value,
        lagInFrame(value) OVER (PARTITION BY name ORDER BY samples.at
            ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before
    FROM vigilstream.pipeline_samples AS samples FINAL
    WHERE metric = {metric:String} AND ${within('samples.at')}
)
WHERE value >= {least:Float64} OR before >= {least:Float64}`);

/** Records that could not be used, by source and minute; `at` is the end of the minute. */
export const deadLetterRatesSql = newest(`
SELECT (toUnixTimestamp(minute) + 60) * 1000 AS at, source AS name, count() AS value
FROM
(
    SELECT toStartOfMinute(at) AS minute, source
    FROM vigilstream.dead_letters FINAL
    WHERE ${within('at')} AND ${any('source', 'sources')}
)
GROUP BY minute, name`);

export type GateRow = {
  readonly at: number;
  /** Posts that the gate let through and that tell of an effect. */
  readonly found: number;
  readonly refused: number;
  /** Refused posts that were analysed all the same, and those of them that tell of an effect. */
  readonly sampled: number;
  readonly missed: number;
};

/** What the gate let through and what it would have missed, by hour; `at` is the end of the hour. */
export const gateHoursSql = `
SELECT
    (toUnixTimestamp(toStartOfHour(created_at)) + 3600) * 1000 AS at,
    countIf(gate = 'passed' AND adverse_effect = 'yes') AS found,
    countIf(gate = 'refused') AS refused,
    countIf(gate = 'sampled') AS sampled,
    countIf(gate = 'sampled' AND adverse_effect = 'yes') AS missed
FROM vigilstream.analyses
WHERE run = 'live' AND ${within('created_at')} AND ${any('source', 'sources')}
GROUP BY at
ORDER BY at`;

export type ScoresRow = { readonly at: number; readonly counts: readonly number[] };

/** How the model's probabilities of an adverse effect are spread over ten equal steps, by hour; `at` is its end. */
export const scoreHoursSql = `
SELECT
    (toUnixTimestamp(toStartOfHour(created_at)) + 3600) * 1000 AS at,
    sumForEach(arrayMap(step -> toUInt64(least(9, floor(adverse_effect_p * 10)) = step), range(10))) AS counts
FROM vigilstream.analyses
WHERE gate = 'passed' AND run = 'live' AND ${within('created_at')} AND ${any('source', 'sources')}
GROUP BY at
ORDER BY at`;
