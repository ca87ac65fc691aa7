import { panelsOf } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { counted, countsOfSeries, ofReaction, scoresAtLevel } from '../sql.ts';
import { change, pairIds, people, post, product, statistics } from './columns.ts';

const inRange = `${ofReaction} AND $__dateFilter(day) AND ${counted}`;
const scores = `${scoresAtLevel} AND concept_id = \${term:sqlstring}`;

export const reactionPanels = panelsOf(
  {
    id: 'reaction-people',
    title: 'People',
    question: 'How many people tell of this reaction, whatever the product?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'reaction-posts',
    title: 'Posts',
    question: 'In how many posts do they tell it?',
    kind: 'stat',
    unit: 'posts',
    links: [{ to: 'dashboard', title: 'Read them', dashboard: 'posts', set: {} }],
    sql: `SELECT uniqExact(post_hash) AS posts FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'reaction-products-count',
    title: 'Products',
    question: 'Of how many products do they tell it?',
    kind: 'stat',
    unit: 'count',
    sql: `SELECT uniqExact(product_id) AS products FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'reaction-signals',
    title: 'Open signals',
    question: 'How many signals of this reaction are open?',
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
WHERE ${scores} AND state != 'closed'`,
  },
  {
    id: 'reaction-over-time',
    title: 'Products over time',
    question: 'Of which products is this reaction told more often than before?',
    kind: 'timeseries',
    unit: 'people',
    split: true,
    minInterval: 86400,
    sql: countsOfSeries(`
WITH
  told AS (SELECT created_at, author, product_id, product FROM vigilstream.mentions WHERE ${inRange}),
  largest AS (SELECT product_id FROM told GROUP BY product_id ORDER BY uniqExact(author) DESC, product_id LIMIT 8)
SELECT $__timeInterval(created_at) AS time, any(product) AS series, uniqExact(author) AS value
FROM told
WHERE product_id GLOBAL IN (SELECT product_id FROM largest)
GROUP BY time, product_id`),
  },
  {
    id: 'reaction-forest',
    title: 'Disproportionality (EBGM, 90 % interval)',
    question: 'Of which products is this reaction told more often than of all products together?',
    kind: 'forest',
    unit: 'ratio',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
      { from: 2, tone: 'act' },
    ],
    empty: 'No scan has been made yet for this reaction.',
    sql: `
SELECT
  concat(substringUTF8(product, 1, 26), ' ', toString(round(assumeNotNull(ebgm), 1)), ' (', toString(round(assumeNotNull(eb05), 1)), '–',
    toString(round(assumeNotNull(eb95), 1)), '), ', toString(n11), if(n11 = 1, ' person', ' people')) AS label,
  n11 AS people, assumeNotNull(ebgm) AS estimate, assumeNotNull(eb05) AS lower, assumeNotNull(eb95) AS upper
FROM vigilstream.pair_scores_latest
WHERE ${scores} AND isNotNull(ebgm) AND isNotNull(eb05) AND isNotNull(eb95)
ORDER BY lower DESC, label
LIMIT 15`,
  },
  {
    id: 'reaction-products',
    title: 'Products',
    question: 'Of which products do people tell this reaction, and what do the statistics say?',
    kind: 'table',
    columns: [
      product,
      people,
      ...change,
      ...statistics,
      { field: 'presets', title: 'Criteria met' },
      ...pairIds,
    ],
    empty: 'No scan has been made yet for this reaction.',
    sql: `
SELECT
  product, n11 AS people, recent, baseline, change_q, expected, prr, ror_lo, ic025, eb05,
  arrayStringConcat(presets, ', ') AS presets, product_id, concept_id AS reaction_id
FROM vigilstream.pair_scores_latest
WHERE ${scores}
ORDER BY people DESC, product
LIMIT 100`,
  },
  {
    id: 'reaction-examples',
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
