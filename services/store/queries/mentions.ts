import type { Terminology } from '../../terminology/terminology.ts';
import type { Database } from '../database.ts';

const db = 'vigilstream';

/**
 * Longest time between the moment at which a row gets its `stored_at` and the moment at which it can be read,
 * with a cluster's clocks apart; rows of this stretch are looked at twice, which changes nothing.
 */
const overlapSeconds = 120;

const answered = "gate IN ('passed', 'sampled', 'off')";

/** Mentions that came in at or after `since`, seconds since 1970. */
const fresh = (what: string, since: number): string =>
  `SELECT ${what} FROM ${db}.mentions WHERE stored_at >= toDateTime(${since}, 'UTC')`;

/** `found` gives rows of answer, reason and text_cluster. */
const supersede = (found: string): string => `
INSERT INTO ${db}.superseded (answer, reason, text_cluster)
SELECT DISTINCT answer, reason, text_cluster
FROM (${found})
WHERE (answer, reason) GLOBAL NOT IN (SELECT answer, reason FROM ${db}.superseded)
SETTINGS distributed_foreground_insert = 1`;

// Either side may be late: a notice of what is stored, or a post of which there was a notice already.
const deleted = (since: number): string =>
  supersede(`
    SELECT answer, 'deleted' AS reason, text_cluster FROM ${db}.mentions
    WHERE post_hash GLOBAL IN (
        SELECT post_hash FROM ${db}.deletions
        WHERE stored_at >= toDateTime(${since}, 'UTC') OR post_hash GLOBAL IN (${fresh('post_hash', since)}))
      OR author GLOBAL IN (SELECT cityHash64(author) FROM ${db}.deletions WHERE author != '')`);

const edited = (since: number): string =>
  supersede(`
    SELECT m.answer AS answer, 'edited' AS reason, m.text_cluster AS text_cluster
    FROM ${db}.mentions AS m
    GLOBAL INNER JOIN (
        SELECT post_hash, max(revision) AS newest FROM ${db}.edits
        WHERE stored_at >= toDateTime(${since}, 'UTC') OR post_hash GLOBAL IN (${fresh('post_hash', since)})
        GROUP BY post_hash) AS e ON m.post_hash = e.post_hash
    WHERE m.revision < e.newest`);

/** A part of the whole, of everything that is there. */
type Part = { readonly part: number; readonly of: number };

// The newest analysis may name no effect at all, so it is looked up among the analyses, by their key.
const remodelled = (since: number, all: Part | undefined): string => {
  const which = all
    ? `post_hash % ${all.of} = ${all.part}`
    : `stored_at >= toDateTime(${since}, 'UTC')
       OR (run, post_hash) GLOBAL IN (
          SELECT run, cityHash64(post_id) FROM ${db}.analyses
          WHERE ${answered} AND stored_at >= toDateTime(${since}, 'UTC'))`;
  const touched = `
    SELECT run, model, post_id, post_hash, revision, created_at, answer, text_cluster FROM ${db}.mentions
    WHERE ${which}`;
  return supersede(`
    SELECT m.answer AS answer, if(m.answer = a.newest_by_model, 'model', 'again') AS reason, m.text_cluster AS text_cluster
    FROM (${touched}) AS m
    GLOBAL INNER JOIN (
        SELECT run, post_hash, revision, model, newest_by_model,
            first_value(newest_by_model) OVER (
                PARTITION BY run, post_hash, revision ORDER BY last DESC, model DESC) AS newest
        FROM (
            SELECT run, cityHash64(post_id) AS post_hash, revision, model, max(analysed_at) AS last,
                argMax(cityHash64(run, post_id, revision, model, analysed_at), analysed_at) AS newest_by_model
            FROM ${db}.analyses
            WHERE ${answered}
              AND (toStartOfHour(created_at), post_id) GLOBAL IN (
                  SELECT toStartOfHour(created_at), post_id FROM (${touched}))
            GROUP BY run, post_hash, revision, model)) AS a
      ON m.run = a.run AND m.post_hash = a.post_hash AND m.revision = a.revision AND m.model = a.model
    WHERE m.answer != a.newest`);
};

const copied = (since: number, all: Part | undefined): string => `
INSERT INTO ${db}.copies (role, answer, first)
SELECT role, copy, first
FROM
(
    SELECT role, groupUniqArray(answer) AS same_text, argMin(answer, (created_at, post_hash)) AS first
    FROM ${db}.mentions
    WHERE NOT automated AND NOT advert
      AND answer GLOBAL NOT IN (SELECT answer FROM ${db}.superseded)
      AND (${
        all
          ? `text_cluster % ${all.of} = ${all.part}`
          : `text_cluster GLOBAL IN (${fresh('text_cluster', since)})
        OR text_cluster GLOBAL IN (SELECT text_cluster FROM ${db}.superseded WHERE at >= toDateTime(${since}, 'UTC'))`
      })
    GROUP BY run, role, text_cluster
    HAVING length(same_text) > 1
)
ARRAY JOIN same_text AS copy
WHERE copy != first AND (role, copy, first) GLOBAL NOT IN (SELECT role, answer, first FROM ${db}.copies)
SETTINGS distributed_foreground_insert = 1`;

/** At the first time everything is new, and goes in parts of about as many mentions, which bounds the memory. */
const mentionsInPart = 400_000;

/** Statements of one refresh, in their order, for what was stored since a time in seconds since 1970. */
function refreshStatements(since: number, mentions: number): string[] {
  const of = Math.ceil(mentions / mentionsInPart) || 1;
  const parts = since === 0 ? Array.from({ length: of }, (_, part) => ({ part, of })) : [undefined];
  return [
    deleted(since),
    edited(since),
    ...parts.map((part) => remodelled(since, part)),
    ...parts.map((part) => copied(since, part)),
  ];
}

/** The engine's clock, which also made `stored_at`, and when the refresh before began; seconds since 1970. */
export const refreshTimesSql = `
SELECT toUnixTimestamp(now()) AS now, (SELECT count() FROM vigilstream.mentions) AS mentions,
    (SELECT toUnixTimestamp(max(at)) FROM vigilstream.refreshes WHERE name = 'mentions') AS last`;

/**
 * Finds the mentions that do not count any more (deleted, edited, answered anew, copies of an earlier text)
 * among what was stored since the last refresh, and what that changes for older ones. What it writes is only
 * ever added to, so it may be cut off anywhere, run twice at once, or begin anew from nothing. Until it has
 * run, the views `mentions_current` and `mentions_counted` still show what came in between.
 * @returns from which moment on rows were looked at, seconds since 1970; 0 at the first time.
 */
export async function refreshSuperseded(database: Database): Promise<number> {
  const [times] = await database.query<{ now: number; last: number; mentions: number }>(refreshTimesSql);
  const since = Math.max(0, (times?.last ?? 0) - overlapSeconds);
  for (const statement of refreshStatements(since, times?.mentions ?? 0)) {
    await database.command(statement);
  }
  const at = times?.now ?? 0;
  await database.insert(`${db}.refreshes`, [{ name: 'mentions', at }], { token: `mentions-${at}` });
  return since;
}

/**
 * Writes the groups above every concept of the loaded terminology: its own levels, and `class`. The groups of
 * another terminology stay beside them under its name.
 */
export async function writeTermLevels(database: Database, terminology: Terminology): Promise<void> {
  const { version, concepts } = terminology;
  const rows = concepts.flatMap(({ id, classId, className, groups }) =>
    [...groups, { level: 'class', id: classId, name: className }].map((group) => ({
      terminology: version,
      concept_id: id,
      level: group.level,
      group_id: group.id,
      group_name: group.name,
    })),
  );
  await database.insert(`${db}.term_levels`, rows, { token: `terms-${version}` });
}
