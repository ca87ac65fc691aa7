/**
 * Posts to be read: their text with the words that the model marked. Grafana shows it as Markdown and HTML,
 * so every character of the post that means something there is written as itself: a backslash before all
 * ASCII punctuation does that in Markdown, and leaves no tag, link or picture of a stranger's making.
 */
const punctuation = '([!-/:-@\\\\[-`{-~])';
const plain = (text: string) =>
  `replaceRegexpAll(replaceRegexpAll(${text}, '\\\\s+', ' '), '${punctuation}', '\\\\\\\\\\\\1')`;

const colour = { effect: '#ffb37a', product: '#8fc7ff', other: '#d9d9d9' } as const;
const tag = (background: string) => `'<mark style="background:${background};color:#111">'`;
const opening = (label: string) =>
  `multiIf(${label} = 'effect', ${tag(colour.effect)}, ${label} = 'product', ${tag(colour.product)}, ${tag(colour.other)})`;

/**
 * SQL of the marked text. `text` is the post, `marks` an array of (start, end, label) in code points; of
 * marks that overlap the first one is drawn.
 */
function markedText(text: string, marks: string): string {
  const piece = (from: string, to: string) => plain(`substringUTF8(${text}, ${from} + 1, ${to} - ${from})`);
  return `concat(
    arrayStringConcat(arrayMap(
      (m, before) -> concat(${piece('before', 'm.1')}, ${opening('m.3')}, ${piece('m.1', 'm.2')}, '</mark>'),
      ${marks}, arraySlice(arrayPushFront(${marks}.2, 0), 1, length(${marks})))),
    ${plain(`substringUTF8(${text}, if(empty(${marks}), 0, ${marks}.2[-1]) + 1)`)})`;
}

/** An effect with a role of its own (denied, doubtful, somebody else's, the reason) is drawn in another colour. */
const drawn = `arraySort(arrayConcat(
      arrayMap(s -> (s.1, s.2, if(s.4 IN ('', 'effect'), 'effect', 'other')),
        arrayFilter(s -> s.3 = 'effect', arrayZip(a.\`spans.start\`, a.\`spans.end\`, a.\`spans.label\`, a.\`spans.role\`))),
      arrayMap((from, to) -> (from, to, 'product'), a.\`products.start\`, a.\`products.end\`)))`;

/** Columns that a panel of posts has, besides those that it adds. */
export const postFields = [
  'time',
  'text',
  'effects',
  'products',
  'probability',
  'source',
  'lang',
  'permalink',
  'post_id',
] as const;

/**
 * The newest posts among `candidates`, a SELECT of `post_id` and `written`: they are looked up by hour and
 * id, the keys of their tables, so that the whole of a text column is never read. `wanted` is a value: a table
 * expression would be evaluated once for each place that names it. It is unfolded into a set, since no index is
 * used for `IN` an array; and that comes in PREWHERE, or every column of the granules around would be read.
 */
export function postsToRead(candidates: string): string {
  const key = `(toStartOfHour(created_at), post_id) GLOBAL IN (SELECT arrayJoin(wanted))`;
  return `
WITH (SELECT groupArray((toStartOfHour(written), post_id)) FROM (${candidates})) AS wanted
SELECT
  created_at AS time,
  ${markedText('text', 'marks')} AS text,
  arrayStringConcat(arrayDistinct(arrayFilter(name -> name != '', felt)), ', ') AS effects,
  arrayStringConcat(named, ', ') AS products,
  probability, source, lang, permalink, post_id
FROM
(
  SELECT
    p.text AS text, p.permalink AS permalink, a.post_id AS post_id, a.created_at AS created_at,
    a.source AS source, a.lang AS lang, a.adverse_effect_p AS probability,
    a.felt AS felt, arrayDistinct(a.\`products.name\`) AS named,
    ${drawn} AS every,
    arrayFilter((m, i) -> m.1 >= arrayMax(arrayPushFront(arraySlice(every.2, 1, i - 1), 0)), every, arrayEnumerate(every)) AS marks
  FROM
  (
    SELECT
      post_id, revision, created_at, source, lang, adverse_effect_p,
      \`spans.start\`, \`spans.end\`, \`spans.label\`, \`spans.role\`,
      \`products.start\`, \`products.end\`, \`products.name\`,
      arrayMap((concept, class, role) -> multiIf(role NOT IN ('', 'effect'), '', concept != '', concept, class),
        \`spans.concept\`, \`spans.class\`, \`spans.role\`) AS felt
    FROM vigilstream.analyses
    PREWHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${key}
    ORDER BY revision DESC, analysed_at DESC
    LIMIT 1 BY post_id
  ) AS a
  GLOBAL INNER JOIN
  (
    SELECT post_id, revision, text, permalink
    FROM vigilstream.posts
    PREWHERE ${key}
    WHERE post_id GLOBAL NOT IN (SELECT post_id FROM vigilstream.deletions WHERE post_id IN (SELECT arrayJoin(wanted.2)))
      AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE post_id = '')
    ORDER BY revision DESC
    LIMIT 1 BY post_id
  ) AS p
  ON p.post_id = a.post_id AND p.revision = a.revision
)
ORDER BY time DESC`;
}
