import { panelsOf } from '../panel.ts';
import { atLevel, counted, countsOfSeries, countsOverTime, fromChosenPlaces, scoresAtLevel } from '../sql.ts';
import {
  change,
  pairIds,
  people,
  product,
  productLinks,
  reaction,
  reactionLinks,
  statistics,
} from './columns.ts';

const inRange = `$__dateFilter(day) AND ${counted}`;

export const overviewPanels = panelsOf(
  {
    id: 'posts-read',
    title: 'Posts read',
    question: 'How many posts did the monitor read in this time?',
    kind: 'stat',
    unit: 'posts',
    sql: `
SELECT sum(posts) AS posts
FROM vigilstream.posts_hourly
WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}`,
  },
  {
    id: 'effect-posts',
    title: 'Posts with a candidate effect',
    question: 'In how many posts does somebody tell of an unwanted effect of a named product?',
    kind: 'stat',
    unit: 'posts',
    links: [{ to: 'dashboard', title: 'Read them', dashboard: 'posts', set: {} }],
    sql: `SELECT uniqExact(post_hash) AS posts FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'effect-people',
    title: 'People who tell of one',
    question: 'How many people (distinct authors) tell of an unwanted effect?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'new-signals',
    title: 'New signals',
    question: 'How many signals were detected in this time?',
    kind: 'stat',
    unit: 'count',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
    ],
    links: [
      { to: 'dashboard', title: 'Signals', dashboard: 'signals', set: {} },
      { to: 'console', title: 'In the console', path: '/signals' },
    ],
    sql: `
SELECT uniqExact(signal_id) AS signals
FROM vigilstream.signal_events
WHERE run = 'live' AND from_state = '' AND to_state = 'detected' AND $__timeFilter(at)`,
  },
  {
    id: 'posts-by-source',
    title: 'Posts read, by source',
    question: 'Does every source deliver as it should?',
    kind: 'bars',
    unit: 'posts',
    split: true,
    stacked: true,
    minInterval: 3600,
    sql: countsOfSeries(`
SELECT $__timeInterval(hour) AS time, source AS series, sum(posts) AS value
FROM vigilstream.posts_hourly
WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}
GROUP BY time, series
HAVING value > 0`),
  },
  {
    id: 'people-by-day',
    title: 'People who tell of an unwanted effect',
    question: 'Do more people tell of unwanted effects than before, and with how many posts?',
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: [{ field: 'people', title: 'People' }],
    sql: countsOverTime(`
SELECT $__timeInterval(created_at) AS time, uniqExact(author) AS people
FROM vigilstream.mentions
WHERE ${inRange}
GROUP BY time`),
  },
  {
    id: 'top-movers',
    title: 'Top movers',
    question: 'For which product and reaction did the number of people change most in the last week?',
    kind: 'table',
    columns: [
      product,
      reaction,
      people,
      ...change,
      ...statistics.filter(({ field }) => !['expected', 'ror_lo'].includes(field)),
      { field: 'presets', title: 'Criteria met', width: 170 },
      ...pairIds,
    ],
    empty: 'No scan has been made yet: the first one follows as soon as posts are stored.',
    sql: `
SELECT
  product, concept AS reaction, n11 AS people, recent, baseline, change_q, prr, ic025, eb05,
  arrayStringConcat(presets, ', ') AS presets, product_id, concept_id AS reaction_id
FROM vigilstream.pair_scores_latest
WHERE ${scoresAtLevel} AND recent > 0
ORDER BY change_q, recent - baseline DESC, n11 DESC
LIMIT 25`,
  },
  {
    id: 'top-products',
    title: 'Products most spoken of',
    question: 'Of which products do most people tell an unwanted effect?',
    kind: 'ranking',
    unit: 'people',
    columns: [
      { field: 'value', title: 'People', unit: 'people', links: productLinks },
      { field: 'product_id', title: 'Product id', hidden: true },
    ],
    sql: `
SELECT any(product) AS label, uniqExact(author) AS value, product_id
FROM vigilstream.mentions
WHERE ${inRange}
GROUP BY product_id
ORDER BY value DESC, label
LIMIT 12`,
  },
  {
    id: 'top-reactions',
    title: 'Reactions most told of',
    question: 'Which reactions do most people tell of?',
    kind: 'ranking',
    unit: 'people',
    columns: [
      { field: 'value', title: 'People', unit: 'people', links: reactionLinks },
      { field: 'reaction_id', title: 'Reaction id', hidden: true },
    ],
    sql: `
SELECT any(reaction) AS label, uniqExact(author) AS value, reaction_id
FROM ${atLevel(inRange)}
GROUP BY reaction_id
ORDER BY value DESC, label
LIMIT 12`,
  },
  {
    id: 'coverage',
    title: 'Coverage and gaps of each source',
    question: 'Which sources deliver, since when is one silent, and how much is missing?',
    kind: 'table',
    columns: [
      {
        field: 'source',
        title: 'Source',
        links: [{ to: 'console', title: 'In the console', path: '/sources' }],
      },
      { field: 'posts', title: 'Posts', unit: 'posts', width: 90 },
      { field: 'effects', title: 'With an effect', unit: 'posts', width: 110 },
      { field: 'last_seen', title: 'Last post taken in', width: 165 },
      {
        field: 'silent',
        title: 'Silent for',
        unit: 'seconds',
        decimals: 1,
        width: 100,
        look: 'tone',
        thresholds: [
          { from: null, tone: 'calm' },
          { from: 3600, tone: 'watch' },
          { from: 86400, tone: 'act' },
        ],
      },
      { field: 'gaps', title: 'Gaps', unit: 'count', width: 70 },
      { field: 'missing', title: 'Time missing', unit: 'seconds', decimals: 1, width: 110 },
      { field: 'left_out', title: 'Left out', unit: 'records', width: 90 },
    ],
    sql: `
SELECT
  source, posts, effects, last_seen, dateDiff('second', last_seen, now64(3)) AS silent,
  gaps, missing, left_out
FROM
(
  SELECT source, sum(posts) AS posts, sum(effects) AS effects, max(last_seen_at) AS last_seen
  FROM vigilstream.posts_hourly
  WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}
  GROUP BY source
) AS p
GLOBAL LEFT JOIN
(
  SELECT source, count() AS gaps, sum(dateDiff('second', greatest(\`from\`, $__fromTime), least(\`to\`, $__toTime))) AS missing
  FROM vigilstream.gaps FINAL
  WHERE \`from\` <= $__toTime AND \`to\` >= $__fromTime
  GROUP BY source
) AS g USING (source)
GLOBAL LEFT JOIN
(
  SELECT source, sum(count) AS left_out
  FROM vigilstream.drops FINAL
  WHERE $__timeFilter(at)
  GROUP BY source
) AS d USING (source)
ORDER BY posts DESC, source`,
  },
);
