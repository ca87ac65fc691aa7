/** Everything that is known about one post. Times are milliseconds since 1970 UTC. */

export type PostRow = {
  readonly postId: string;
  readonly revision: number;
  readonly source: string;
  readonly platform: string;
  readonly kind: string;
  readonly lang: string;
  readonly country: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly editedAt: number | null;
  readonly author: string;
  readonly followers: string;
  readonly ageYears: string;
  readonly automated: boolean;
  readonly text: string;
  readonly permalink: string;
  readonly replyTo: string;
  readonly threadId: string;
  readonly repostOf: string;
  readonly links: readonly string[];
  readonly cluster: string;
  readonly flags: readonly string[];
};

/** Every revision that is kept of a post, newest first; none where the post or its author is gone. */
export const postSql = `
SELECT
    post_id AS postId, revision, source, platform, kind, lang, country,
    toUnixTimestamp64Milli(created_at) AS createdAt, toUnixTimestamp64Milli(seen_at) AS seenAt,
    toUnixTimestamp64Milli(edited_at) AS editedAt, toString(author) AS author, author_followers AS followers,
    author_age AS ageYears, author_automated AS automated, text, permalink, reply_to AS replyTo,
    thread_id AS threadId, repost_of AS repostOf, links, toString(cluster) AS cluster, flags
FROM vigilstream.posts AS p
WHERE post_id = {id:String}
  AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE post_id != '' AND applied_at = 0)
  AND p.author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE author != '' AND applied_at = 0)
ORDER BY revision DESC, seen_at DESC
LIMIT 1 BY revision`;

export type AnalysisRow = {
  readonly revision: number;
  readonly run: string;
  readonly model: string;
  readonly gate: string;
  readonly gateScore: number;
  readonly truncated: boolean;
  readonly analysedAt: number;
  readonly milliseconds: number;
  readonly thresholds: string;
  readonly terminology: string;
  readonly code: string;
  readonly spanLabels: readonly string[];
  readonly spanStarts: readonly number[];
  readonly spanEnds: readonly number[];
  readonly spanScores: readonly number[];
  readonly spanLevels: readonly string[];
  readonly spanConceptIds: readonly string[];
  readonly spanConcepts: readonly string[];
  readonly spanConceptScores: readonly number[];
  readonly spanClassIds: readonly string[];
  readonly spanClasses: readonly string[];
  readonly spanRoles: readonly string[];
  readonly spanMarks: readonly (readonly string[])[];
  readonly spanCandidates: readonly (readonly { id: string; term: string; score: number }[])[];
  readonly productIds: readonly string[];
  readonly productNames: readonly string[];
  readonly productKinds: readonly string[];
  readonly productStarts: readonly number[];
  readonly productEnds: readonly number[];
} & Readonly<Record<string, unknown>>;

/**
 * Every analysis of some posts, all models and runs, newest first. `times` are when the posts were written (ms,
 * as texts): their hours are part of the key, so that the table is not read through. `tasks` are ids of
 * sentence tasks.
 */
export const analysesOfSql = (tasks: readonly string[]): string => `
SELECT
    post_id AS postId, revision, run, model, gate, gate_score AS gateScore, truncated,
    toUnixTimestamp64Milli(analysed_at) AS analysedAt, milliseconds, thresholds, terminology, code,
    ${tasks.map((task) => `${task}, ${task}_p,`).join('\n    ')}
    \`spans.label\` AS spanLabels, \`spans.start_utf16\` AS spanStarts, \`spans.end_utf16\` AS spanEnds,
    \`spans.score\` AS spanScores, \`spans.level\` AS spanLevels, \`spans.concept_id\` AS spanConceptIds,
    \`spans.concept\` AS spanConcepts, \`spans.concept_score\` AS spanConceptScores,
    \`spans.class_id\` AS spanClassIds, \`spans.class\` AS spanClasses, \`spans.role\` AS spanRoles,
    \`spans.marks\` AS spanMarks, \`spans.candidates\` AS spanCandidates,
    \`products.id\` AS productIds, \`products.name\` AS productNames, \`products.kind\` AS productKinds,
    \`products.start_utf16\` AS productStarts, \`products.end_utf16\` AS productEnds
FROM vigilstream.analyses
WHERE gate IN ('passed', 'refused', 'sampled', 'off')
  AND toStartOfHour(created_at) IN (SELECT toStartOfHour(fromUnixTimestamp64Milli(toInt64(arrayJoin({times:Array(String)})))))
  AND post_id IN {ids:Array(String)}
ORDER BY analysed_at DESC
LIMIT 1 BY post_id, revision, run, model`;

export type RelatedRow = {
  readonly postId: string;
  readonly source: string;
  readonly kind: string;
  readonly createdAt: number;
  readonly text: string;
  readonly permalink: string;
  /** A number for each author among the answers, 1 for the first; no hash leaves the table for this. */
  readonly person: number;
};

const columns = 'post_id, revision, source, kind, created_at, text, permalink, author, seen_at';

/** Posts by an index of their table, in their newest revision, without those that are gone. */
const related = (where: readonly string[]): string => `
SELECT
    post_id AS postId, source, kind, toUnixTimestamp64Milli(created_at) AS createdAt, text, permalink,
    dense_rank() OVER (ORDER BY author) AS person
FROM
(
    SELECT * FROM
    (
        ${where.map((one) => `SELECT ${columns} FROM vigilstream.posts WHERE ${one}`).join('\n        UNION ALL ')}
    )
    WHERE post_id != {id:String}
      AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions WHERE post_id != '' AND applied_at = 0)
      AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE author != '' AND applied_at = 0)
    ORDER BY revision DESC, seen_at DESC
    LIMIT 1 BY post_id
)
ORDER BY created_at, post_id
LIMIT {limit:UInt32}`;

/** Posts with nearly the same text, oldest first. */
export const duplicatesSql = related(['cluster = {cluster:String}']);

/** Posts of the same conversation, oldest first: its beginning, and what belongs to it. */
export const threadSql = related(['thread_id = {thread:String}', 'post_id = {thread:String}']);
