import type { Question } from './mention-filter.ts';
import { conditionsOf, within, type PostFilter } from './search.ts';

/** What an export says of itself, in the first columns of every row. */
export type Provenance = {
  readonly by: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** JSON of the filter. */
  readonly filter: string;
  /** Name and version of the software. */
  readonly software: string;
};

const named = `arrayZip(
            arrayMap((concept, class) -> if(concept != '', concept, class), \`spans.concept\`, \`spans.class\`), \`spans.role\`)`;

/** SQL of the terms of an analysis whose role is as `where` says of `term.2`, each written as `shown`. */
const termsWhere = (where: string, shown: string): string =>
  `arrayStringConcat(arrayDistinct(arrayMap(term -> ${shown}, arrayFilter(term -> term.1 != '' AND ${where}, ${named}))), '; ')`;

/**
 * SQL of a text that a spreadsheet takes for a text: what it would take for a formula gets an apostrophe before
 * it. The characters are those of OWASP, "CSV Injection".
 */
const plain = (text: string): string =>
  `if(match(${text}, '^[=+@\\t\\r\\n＝＋－＠-]'), concat('\\'', ${text}), ${text})`;

/**
 * The posts of a filter with their provenance and the newest answer of the model, for a file; at most `limit`.
 * `effects` are those that somebody had; what is denied, doubtful, another person's or the reason for taking the
 * product stands in `other_effects`, with that word in brackets.
 * Columns in snake case, since they leave the program. With `forSpreadsheet` what others wrote is no formula there;
 * otherwise every text is as it is kept.
 */
export function postsExportOf(
  filter: PostFilter,
  provenance: Provenance,
  options: { readonly limit: number; readonly forSpreadsheet: boolean },
): Question {
  const { where, params } = conditionsOf(filter);
  const shown = (text: string): string => (options.forSpreadsheet ? plain(text) : text);
  return {
    sql: `
WITH found AS
(
    SELECT post_id, revision, source, platform, kind, lang, country, created_at, seen_at, author, text, permalink, cluster,
        author_automated, toBool(has(flags, 'advert')) AS advert
    FROM vigilstream.posts
    WHERE ${where.join('\n      AND ')}
    ORDER BY toStartOfHour(created_at) DESC, created_at DESC, post_id DESC
    LIMIT 1 BY post_id
    LIMIT {limit:UInt64}
)
SELECT
    ${shown('{exportedBy:String}')} AS exported_by, fromUnixTimestamp64Milli({exportedAt:Int64}, 'UTC') AS exported_at,
    {exportFilter:String} AS export_filter, {software:String} AS software,
    p.post_id AS post_id, p.revision AS revision, toString(p.source) AS source, toString(p.platform) AS platform,
    toString(p.kind) AS kind, toString(p.lang) AS lang, toString(p.country) AS country,
    p.created_at AS created_at, p.seen_at AS seen_at, toString(p.author) AS author_hash, ${shown('p.text')} AS text,
    ${shown('p.permalink')} AS permalink, toString(p.cluster) AS cluster, p.author_automated AS automated, p.advert AS advert,
    a.model AS model, a.terminology AS terminology, a.thresholds AS thresholds,
    a.answer AS adverse_effect, a.probability AS adverse_effect_p, ${shown('a.products')} AS products,
    ${shown('a.effects')} AS effects, ${shown('a.other_effects')} AS other_effects
FROM found AS p
GLOBAL LEFT JOIN
(
    SELECT
        post_id, revision, toString(model) AS model, toString(terminology) AS terminology,
        toString(thresholds) AS thresholds, toString(adverse_effect) AS answer, adverse_effect_p AS probability,
        arrayStringConcat(arrayDistinct(\`products.name\`), '; ') AS products,
        ${termsWhere("term.2 = 'effect'", 'term.1')} AS effects,
        ${termsWhere("term.2 NOT IN ('', 'effect')", "concat(term.1, ' (', term.2, ')')")} AS other_effects
    FROM vigilstream.analyses
    WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${within}
      AND cityHash64(post_id) GLOBAL IN (SELECT cityHash64(post_id) FROM found)
    ORDER BY analysed_at DESC
    LIMIT 1 BY post_id, revision
) AS a ON p.post_id = a.post_id AND p.revision = a.revision
ORDER BY created_at DESC, post_id DESC`,
    params: {
      ...params,
      limit: options.limit,
      exportedBy: provenance.by,
      exportedAt: provenance.at,
      exportFilter: provenance.filter,
      software: provenance.software,
    },
  };
}
