import { answeredPosts } from '../answers.ts';
import { panelsOf } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { atLevel, counted, countedAnyRole, countsOfSeries, scoresAtLevel } from '../sql.ts';
import { change, pairIds, people, post, reaction, statistics } from './columns.ts';
import { judgements } from './medicines.ts';

const here = 'product_id = ${product:sqlstring}';
const inRange = `${here} AND $__dateFilter(day) AND ${counted}`;

export const productPanels = panelsOf(
  {
    id: 'product-people',
    title: 'People',
    question: 'How many people tell of an unwanted effect of this product?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'product-posts',
    title: 'Posts',
    question: 'In how many posts do they tell it?',
    kind: 'stat',
    unit: 'posts',
    links: [{ to: 'dashboard', title: 'Read them', dashboard: 'posts', set: {} }],
    sql: `SELECT uniqExact(post_hash) AS posts FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'product-reactions-count',
    title: 'Reactions',
    question: 'How many different reactions do they tell of?',
    kind: 'stat',
    unit: 'count',
    sql: `SELECT uniqExact(reaction_id) AS reactions FROM ${atLevel(inRange)}`,
  },
  {
    id: 'product-signals',
    title: 'Open signals',
    question: 'How many signals of this product are open?',
    kind: 'stat',
    unit: 'count',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
    ],
    links: [{ to: 'dashboard', title: 'Signals', dashboard: 'signals', set: {} }],
    sql: `
SELECT count() AS signals
FROM vigilstream.signals_current
WHERE run = 'live' AND ${here} AND state != 'closed'`,
  },
  {
    id: 'product-over-time',
    title: 'Reactions over time',
    question: 'Which reactions of this product are told of more often than before?',
    kind: 'timeseries',
    unit: 'people',
    split: true,
    minInterval: 86400,
    sql: countsOfSeries(`
WITH
  told AS (SELECT created_at, author, reaction_id, reaction FROM ${atLevel(inRange)}),
  largest AS (SELECT reaction_id FROM told GROUP BY reaction_id ORDER BY uniqExact(author) DESC, reaction_id LIMIT 8)
SELECT $__timeInterval(created_at) AS time, any(reaction) AS series, uniqExact(author) AS value
FROM told
WHERE reaction_id GLOBAL IN (SELECT reaction_id FROM largest)
GROUP BY time, reaction_id`),
  },
  {
    id: 'product-forest',
    title: 'Disproportionality (EBGM, 90 % interval)',
    question: 'Which reactions are told of this product more often than of all products together?',
    kind: 'forest',
    unit: 'ratio',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
      { from: 2, tone: 'act' },
    ],
    empty: 'No scan has been made yet for this product at this level.',
    sql: `
SELECT
  concat(substringUTF8(concept, 1, 26), ' ', toString(round(assumeNotNull(ebgm), 1)), ' (', toString(round(assumeNotNull(eb05), 1)), '–',
    toString(round(assumeNotNull(eb95), 1)), '), ', toString(n11), if(n11 = 1, ' person', ' people')) AS label,
  n11 AS people, assumeNotNull(ebgm) AS estimate, assumeNotNull(eb05) AS lower, assumeNotNull(eb95) AS upper
FROM vigilstream.pair_scores_latest
WHERE ${scoresAtLevel} AND ${here} AND isNotNull(ebgm) AND isNotNull(eb05) AND isNotNull(eb95)
ORDER BY lower DESC, label
LIMIT 15`,
  },
  {
    id: 'product-reactions',
    title: 'Reactions',
    question: 'How many people tell of each reaction, and what do the statistics say?',
    kind: 'table',
    columns: [
      reaction,
      people,
      ...change,
      ...statistics,
      {
        field: 'state',
        title: 'Signal',
        width: 125,
        links: [{ to: 'dashboard', title: 'Signals', dashboard: 'signals', set: { term: 'reaction_id' } }],
      },
      ...pairIds,
    ],
    empty: 'No scan has been made yet for this product at this level.',
    sql: `
SELECT
  s.concept AS reaction, s.n11 AS people, s.recent AS recent, s.baseline AS baseline, s.change_q AS change_q,
  s.expected AS expected, s.prr AS prr, s.ror_lo AS ror_lo, s.ic025 AS ic025, s.eb05 AS eb05,
  c.state AS state, s.product_id AS product_id, s.concept_id AS reaction_id
FROM (SELECT * FROM vigilstream.pair_scores_latest WHERE ${scoresAtLevel} AND ${here}) AS s
GLOBAL LEFT JOIN
(
  SELECT level, product_id, concept_id, argMax(state, detected_at) AS state
  FROM vigilstream.signals_current
  WHERE run = 'live' AND ${here}
  GROUP BY level, product_id, concept_id
) AS c ON c.level = s.level AND c.product_id = s.product_id AND c.concept_id = s.concept_id
ORDER BY people DESC, reaction
LIMIT 100`,
  },
  {
    id: 'product-by-source',
    title: 'By source',
    question: 'Where do these people write?',
    kind: 'ranking',
    unit: 'people',
    columns: [{ field: 'value', title: 'People', unit: 'people' }],
    sql: `
SELECT source AS label, uniqExact(author) AS value
FROM vigilstream.mentions
WHERE ${inRange}
GROUP BY label
ORDER BY value DESC, label
LIMIT 12`,
  },
  {
    id: 'product-roles',
    title: 'What else is said of reactions',
    question:
      'How many people speak of a reaction that was denied, unsure, somebody else’s or the reason for taking it? None of these enters the counts of effects.',
    kind: 'ranking',
    unit: 'people',
    columns: [{ field: 'value', title: 'People', unit: 'people' }],
    sql: `
SELECT
  transform(role, ['effect', 'uncertain', 'negated', 'other-person', 'indication'],
    ['Had the effect', 'Not sure', 'Denied', 'Somebody else', 'Reason for taking it'], role) AS label,
  uniqExact(author) AS value
FROM vigilstream.mentions
WHERE ${here} AND $__dateFilter(day) AND ${countedAnyRole}
GROUP BY role
ORDER BY value DESC, label`,
  },
  {
    id: 'product-use',
    title: 'Use and judgement',
    question:
      'How many people say that somebody takes or took it, and how do they judge it by what they went through? A post that names several products counts for each.',
    kind: 'ranking',
    unit: 'people',
    columns: [{ field: 'value', title: 'People', unit: 'people' }],
    sql: `
SELECT row.1 AS label, row.2 AS value
FROM
(
  SELECT arrayJoin([
    ('Take or took it', uniqExactIf(person, drug_use = 'yes' OR vaccine_use = 'yes')),
    ${judgements.map(([, title, which]) => `('${title}', uniqExactIf(person, ${which}))`).join(',\n    ')}
  ]) AS row
  FROM ${answeredPosts(['drug_use', 'vaccine_use', 'medication_sentiment'], 'has(`products.id`, ${product:sqlstring})', ['`products.id`'])}
)
ORDER BY value DESC, label`,
  },
  {
    id: 'product-examples',
    title: 'Posts to read first',
    question: 'What do people write in their own words?',
    kind: 'posts',
    columns: post,
    sql: postsToRead(`
  SELECT post_id, max(created_at) AS written
  FROM vigilstream.mentions
  WHERE ${inRange}
  GROUP BY post_id
  ORDER BY max(probability) DESC, written DESC
  LIMIT 25`),
  },
);
