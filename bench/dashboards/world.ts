/** A store of many million analyses, made inside the engine in the shares of a running monitor. */
import type { Database } from '../../services/store/database.ts';

export const products = 2000;
export const terms = 3000;
export const classes = 27;
export const days = 400;
/** The last day, so that the figures do not depend on when they are measured. */
export const end = Date.UTC(2026, 9, 1);
const start = end - days * 86_400_000;

/** Stretch that is whole even in a thinned world. */
const recentDays = 90;

const sources = [
  'x',
  'bluesky',
  'reddit',
  'mastodon',
  'forum-a',
  'forum-b',
  'forum-c',
  'news',
  'blog',
  'files',
];
const platforms = [
  'x',
  'bluesky',
  'reddit',
  'mastodon',
  'discourse',
  'discourse',
  'discourse',
  'feed',
  'feed',
  'file',
];
const list = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;

/** A number from 1 to `to` whose logarithm is even: the k-th is drawn about 1/k as often as the first. */
const zipf = (hash: string, to: number): string =>
  `toUInt32(floor(exp(log(${to + 1}) * ((${hash}) % 1000003) / 1000003)))`;

/**
 * What is true of a post by its number. A text that is copied has the number of the first one as its `c`; all
 * that follows from the text follows from that.
 */
const posts = (from: number, to: number, total: number, thinning = 1): string => `
SELECT
    number AS n,
    if(sipHash64(n) % 4 = 0 AND n > 5000, n - 1 - sipHash64(n, 2) % 5000, n) AS c,
    toDateTime64(${start / 1000} + n * ${(days * 86_400) / total}, 3, 'UTC') AS made,
    toUInt8(floor(10 * pow((cityHash64(n, 3) % 10007) / 10007, 2))) AS s,
    concat(${list(sources)}[s + 1], ':', toString(1700000000000000000 + n)) AS id,
    lower(hex(sipHash128(toUInt64(${total} / 20 * pow((cityHash64(n, 4) % 1000003) / 1000003, 1.5))))) AS who,
    lower(hex(cityHash64(c))) AS text_hash,
    cityHash64(c, 5) % 1000 AS draw,
    cityHash64(c, 6) AS pick
FROM numbers(${from}, ${to - from})
WHERE draw < 30 OR n % ${thinning} = 0 OR (draw < 100 AND n > ${Math.round(total * (1 - recentDays / days))})`;

const common = `
    id AS post_id, 0 AS revision, ${list(sources)}[s + 1] AS source,
    ${list(platforms)}[s + 1] AS platform, ['post', 'post', 'reply', 'repost', 'comment'][1 + n % 5] AS kind,
    ['en', 'en', 'en', 'en', 'en', 'en', 'en', 'es', 'pt', 'de'][1 + cityHash64(c, 8) % 10] AS lang,
    ['', '', '', 'US', 'GB'][1 + cityHash64(n, 9) % 5] AS country, made AS created_at,
    addSeconds(made, 2) AS seen_at, toFixedString(who, 32) AS author, cityHash64(who) % 50 = 0 AS author_automated`;

const postsSql = (from: number, to: number, total: number, thinning: number): string => `
INSERT INTO vigilstream.posts (post_id, revision, source, platform, kind, lang, country, created_at, seen_at, author,
    author_automated, cluster, text, flags)
SELECT ${common}, toFixedString(leftPad(text_hash, 16, '0'), 16) AS cluster,
    concat('day ', toString(pick % 97), ' on product', toString(${zipf('pick', products)}), ' and ',
      ['cannot sleep at all', 'feeling rather dizzy', 'nothing to report so far', 'a rash on both arms'][1 + draw % 4],
      ' since ', ['monday', 'tuesday', 'sunday'][1 + draw % 3], ', anyone else?') AS text,
    if(cityHash64(c, 10) % 33 = 0, ['advert'], []) AS flags
FROM (${posts(from, to, total, thinning)})`;

const name = (kind: string, number: string): string => `concat('${kind} ', toString(${number}))`;

// Of 1,000 posts 900 are refused, 10 of the others were sampled; 15 tell of an effect, 15 are unsure.
const analysesSql = (from: number, to: number, total: number, thinning: number): string => `
INSERT INTO vigilstream.analyses (post_id, revision, source, platform, kind, lang, country, created_at, seen_at,
    author, author_automated, advert, cluster, run, model, gate, gate_score, analysed_at, stored_at, thresholds,
    terminology, code, adverse_effect, adverse_effect_p, vaccine_relevance, vaccine_relevance_p, vaccine_stance,
    vaccine_stance_p, \`products.id\`, \`products.name\`, \`products.kind\`, \`spans.label\`, \`spans.start\`,
    \`spans.text\`, \`spans.level\`, \`spans.concept_id\`, \`spans.concept\`, \`spans.class_id\`, \`spans.class\`,
    \`spans.role\`)
SELECT ${common}, cityHash64(c, 10) % 33 = 0 AS advert,
    toFixedString(leftPad(text_hash, 16, '0'), 16) AS cluster, 'live' AS run,
    if(n < ${Math.round(total * 0.75)}, 'model-1', 'model-2') AS model,
    multiIf(draw >= 100, 'refused', draw >= 90, 'sampled', 'passed') AS gate, draw / 1000 AS gate_score,
    addSeconds(made, 5) AS analysed_at, toDateTime(addSeconds(made, 6)) AS stored_at,
    't1' AS thresholds, 'open-1' AS terminology, 'bench' AS code,
    multiIf(draw >= 100, '', draw < 15, 'yes', 'no') AS adverse_effect,
    multiIf(draw >= 100, 0, draw < 15, 0.6 + draw / 50, draw < 30, 0.4, 0.02) AS adverse_effect_p,
    if(draw < 100 AND p1 % 20 = 0, 'yes', '') AS vaccine_relevance, 0.9 AS vaccine_relevance_p,
    if(vaccine_relevance = 'yes', ['neutral', 'against', 'for'][1 + draw % 3], '') AS vaccine_stance, 0.8 AS vaccine_stance_p,
    arrayMap(p -> concat('p:', toString(p)), drugs), arrayMap(p -> ${name('product', 'p')}, drugs),
    arrayMap(p -> if(p % 20 = 0, 'vaccine', 'drug'), drugs),
    arrayMap(e -> 'effect', felt), arrayMap(e -> 30, felt), arrayMap(e -> ${name('words for', 'e')}, felt),
    arrayMap(e -> if(e % 10 = 0, 'class', 'term'), felt),
    arrayMap(e -> if(e % 10 = 0, '', concat('e:', toString(e))), felt),
    arrayMap(e -> if(e % 10 = 0, '', ${name('effect', 'e')}), felt),
    arrayMap(e -> concat('c:', toString(e % ${classes})), felt), arrayMap(e -> ${name('class', `(e % ${classes})`)}, felt),
    arrayMap(e -> if(draw < 15, if(e % 13 = 0, 'negated', 'effect'), 'uncertain'), felt)
FROM
(
    SELECT *,
        ${zipf('pick', products)} AS p1,
        if(draw < 50, if(pick % 5 = 0, [p1, ${zipf('cityHash64(pick, 1)', products)}], [p1]), []) AS drugs,
        ${zipf('cityHash64(pick, 2) + p1 * 7919', terms)} AS e1,
        if(draw < 30, if(pick % 3 = 0, [e1, ${zipf('cityHash64(pick, 3)', terms)}], [e1]), []) AS felt
    FROM (${posts(from, to, total, thinning)})
)`;

const editsSql = (total: number): string => `
INSERT INTO vigilstream.edits (post_id, revision, stored_at)
SELECT id, 1, toDateTime(made) FROM (${posts(0, total, total)}) WHERE cityHash64(n, 7) % 200 = 0`;

const deletionsSql = (total: number): string => `
INSERT INTO vigilstream.deletions (post_id, author, source, reason, at, seen_at, stored_at)
SELECT id, '', ${list(sources)}[s + 1], 'deleted', addHours(made, 5), addHours(made, 5), toDateTime(addHours(made, 5))
FROM (${posts(0, total, total)}) WHERE cityHash64(n, 11) % 100 = 0`;

/** Scores of every pair on the last days, as a daily scan leaves them; the numbers themselves mean nothing. */
const scoresSql = (day: number): string => `
INSERT INTO vigilstream.pair_scores (scan_at, run, level, window_from, window_to, product_id, product, concept_id,
    concept, class_id, class, n11, n1x, nx1, n, expected, prr, prr_lo, prr_hi, chi2, chi2_yates, ror, ror_lo, ror_hi, ic,
    ic025, ic975, ebgm, eb05, eb95, recent, baseline, change_p, change_q)
SELECT fromUnixTimestamp64Milli(${end - day * 86_400_000 - 3_600_000}, 'UTC') AS scan_at, 'live', 'term',
    toDate(scan_at) - 365 AS window_from, toDate(scan_at) AS window_to, product_id, any(product), concept_id, any(concept),
    any(class_id), any(class), uniq(author) AS n11, n11 * 30, n11 * 40, n11 * 1000, n11 * 1.2, 1.1, 0.9, 1.3, 2, 1.8, 1.1,
    0.9, 1.3, 0.1, -0.1, 0.3, 1.1, 0.9, 1.3, 1, 1, 0.5, 0.9
FROM vigilstream.mentions
WHERE role = 'effect' AND concept_id != '' AND day BETWEEN window_from AND window_to
GROUP BY product_id, concept_id`;

const scansSql = (day: number): string => `
INSERT INTO vigilstream.scans (scan_at, run, window_from, window_to, criteria, pairs)
VALUES (fromUnixTimestamp64Milli(${end - day * 86_400_000 - 3_600_000}), 'live', '2026-01-01', '2026-01-01', 'bench', 1)`;

const scans = 5;

/**
 * Fills posts, analyses (and so the mentions), edits and deletions; told after every step what is there.
 * @param thinning of so many posts one is made, where time is short; 1 for all. Posts with an effect are always
 *   made, and all that were answered in the last 90 days: nothing but the volumes by the hour reads the others,
 *   and those come from a projection that is as large with a tenth of them
 */
export async function fill(
  database: Database,
  total: number,
  thinning: number,
  onStep: (rows: number) => void,
): Promise<void> {
  const step = Math.min(total, 2_000_000 * Math.min(10, thinning));
  for (let from = 0; from < total; from += step) {
    const to = Math.min(total, from + step);
    await database.command(postsSql(from, to, total, thinning));
    await database.command(analysesSql(from, to, total, thinning));
    onStep(to);
  }
  await database.command(editsSql(total));
  await database.command(deletionsSql(total));
  for (let day = scans - 1; day >= 0; day--) {
    await database.command(scoresSql(day));
    await database.command(scansSql(day));
  }
}
