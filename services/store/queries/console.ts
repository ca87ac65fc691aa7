import { sourcesHeardSql, sourceVolumesSql } from './sources.ts';

/** What the page of the present moment asks. */

const answered = "gate IN ('passed', 'sampled', 'off')";

/**
 * Posts that are analysed, posts with a finding, and the distinct authors of these: each post once, by the newest
 * answer to its newest revision.
 */
export const countsSql = `
SELECT
    count() AS analysed,
    countIf(adverse_effect = 'yes') AS findings,
    uniqExactIf(author, adverse_effect = 'yes') AS people
FROM vigilstream.analyses_current
WHERE run = 'live'`;

/** Posts of each source and when its last one was accepted, ms since 1970. */
export const sourcesSql = `
SELECT heard.name AS name, volumes.posts AS posts, heard.lastSeenAt AS lastSeenAt
FROM (${sourcesHeardSql}) AS heard
LEFT JOIN (${sourceVolumesSql}) AS volumes ON heard.name = volumes.name
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
 * Findings analysed at or after a time (ms) in the live run, oldest first, without posts that are gone; at most the
 * newest `limit`. Of a post the newest answer to its newest revision is looked at, by the key of the table. `tasks`
 * are the ids of the sentence tasks whose answers are wanted.
 */
export const findingsSql = (tasks: readonly string[]): string => `
SELECT
    post_id AS postId, revision, source,
    toUnixTimestamp64Milli(created_at) AS createdAt, toUnixTimestamp64Milli(analysed_at) AS analysedAt,
    ${tasks.map((task) => `${task}, ${task}_p,`).join('\n    ')}
    \`spans.label\` AS spanLabels, \`spans.start_utf16\` AS spanStarts, \`spans.end_utf16\` AS spanEnds,
    \`spans.score\` AS spanScores, \`spans.level\` AS spanLevels, \`spans.concept\` AS spanConcepts,
    \`spans.class\` AS spanClasses, \`spans.role\` AS spanRoles,
    arrayDistinct(\`products.name\`) AS productNames,
    arrayMap(name -> \`products.kind\`[indexOf(\`products.name\`, name)], productNames) AS productKinds
FROM
(
    SELECT *
    FROM vigilstream.analyses
    WHERE ${answered} AND run = 'live'
      AND (toStartOfHour(created_at), post_id) GLOBAL IN (
          SELECT toStartOfHour(created_at), post_id
          FROM vigilstream.analyses
          WHERE ${answered} AND run = 'live' AND adverse_effect = 'yes'
            AND analysed_at >= fromUnixTimestamp64Milli({from:Int64})
            AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE post_id != '' AND applied_at = 0)
            AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE post_id = '' AND applied_at = 0)
          ORDER BY analysed_at DESC
          LIMIT {limit:UInt32})
    ORDER BY revision DESC, analysed_at DESC
    LIMIT 1 BY post_id
)
WHERE adverse_effect = 'yes'
ORDER BY analysedAt ASC`;

/** Texts of some posts in their newest revision, without those that are gone. */
export const textsSql = `
SELECT post_id AS postId, revision, text, permalink
FROM vigilstream.posts
WHERE post_id IN {ids:Array(String)}
  AND post_id GLOBAL NOT IN (
      SELECT post_id FROM vigilstream.deletions WHERE post_id IN {ids:Array(String)} AND applied_at = 0)
  AND author GLOBAL NOT IN (
      SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE post_id = '' AND applied_at = 0)
ORDER BY revision DESC, seen_at DESC
LIMIT 1 BY post_id`;
