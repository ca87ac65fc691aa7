/** What the page asks. Every text reads the newest rows by key or month, so that it stays cheap. */

const answered = "gate IN ('passed', 'sampled', 'off')";

/** Totals at the head of the page: posts, analysed posts, findings, and distinct authors of findings. */
export const countsSql = `
SELECT
    (SELECT count() FROM vigilstream.posts) AS posts,
    countIf(${answered}) AS analysed,
    countIf(adverse_effect = 'yes') AS findings,
    uniqIf(author, adverse_effect = 'yes') AS people
FROM vigilstream.analyses
WHERE ${answered} AND run = 'live'`;

/** Posts of each source and when its last one was accepted, ms since 1970. */
export const sourcesSql = `
SELECT source AS name, count() AS posts, toUnixTimestamp64Milli(max(seen_at)) AS lastSeenAt
FROM vigilstream.posts
GROUP BY source
ORDER BY posts DESC`;

/** Records left out (dead = 0) and unusable (dead = 1), by stage, source and reason. */
export const dropsSql = `
SELECT * FROM (
SELECT stage, source, reason, sum(count) AS count, 0 AS dead
FROM vigilstream.drops FINAL
GROUP BY stage, source, reason
UNION ALL
SELECT stage, source, reason, count() AS count, 1 AS dead
FROM vigilstream.dead_letters FINAL
GROUP BY stage, source, reason
)
ORDER BY dead DESC, count DESC
LIMIT 40`;

export type FindingRow = {
  readonly postId: string;
  readonly revision: number;
  readonly source: string;
  readonly createdAt: number;
  readonly analysedAt: number;
  readonly spanLabels: readonly string[];
  readonly spanStarts: readonly number[];
  readonly spanEnds: readonly number[];
  readonly spanScores: readonly number[];
  readonly spanLevels: readonly string[];
  readonly spanConcepts: readonly string[];
  readonly spanClasses: readonly string[];
  readonly spanRoles: readonly string[];
  readonly productNames: readonly string[];
  readonly productKinds: readonly string[];
} & Readonly<Record<string, unknown>>;

/**
 * Findings analysed at or after a time (ms), oldest first, without posts that are gone; at most the newest
 * `limit`. `tasks` are the ids of the sentence tasks whose answers are wanted.
 */
export const findingsSql = (tasks: readonly string[]): string => `
SELECT * FROM (
SELECT
    post_id AS postId, revision, source,
    toUnixTimestamp64Milli(created_at) AS createdAt, toUnixTimestamp64Milli(analysed_at) AS analysedAt,
    ${tasks.map((task) => `${task}, ${task}_p,`).join('\n    ')}
    \`spans.label\` AS spanLabels, \`spans.start_utf16\` AS spanStarts, \`spans.end_utf16\` AS spanEnds,
    \`spans.score\` AS spanScores, \`spans.level\` AS spanLevels, \`spans.concept\` AS spanConcepts,
    \`spans.class\` AS spanClasses, \`spans.role\` AS spanRoles,
    arrayDistinct(\`products.name\`) AS productNames,
    arrayMap(name -> \`products.kind\`[indexOf(\`products.name\`, name)], productNames) AS productKinds
FROM vigilstream.analyses
WHERE ${answered} AND adverse_effect = 'yes' AND analysed_at >= fromUnixTimestamp64Milli({from:Int64})
  AND cityHash64(post_id) NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE post_id != '')
ORDER BY analysed_at DESC
LIMIT {limit:UInt32}
)
ORDER BY analysedAt ASC`;

/** Texts of some posts. */
export const textsSql = `
SELECT post_id AS postId, revision, text, permalink
FROM vigilstream.posts
WHERE post_id IN {ids:Array(String)}`;
