import { panelsOf } from '../panel.ts';
import { countsOfSeries, fromChosenPlaces } from '../sql.ts';

const slow = [
  { from: null, tone: 'calm' },
  { from: 60, tone: 'watch' },
  { from: 600, tone: 'act' },
] as const;

export const pipelinePanels = panelsOf(
  {
    id: 'lag-now',
    title: 'Lag of the newest batch',
    question: 'How long did the records of the newest batch wait between the log and the store?',
    kind: 'stat',
    unit: 'seconds',
    thresholds: slow,
    sql: `
SELECT greatest(0, dateDiff('millisecond', argMax(first_time, at), max(at)) / 1000) AS lag
FROM vigilstream.batches
WHERE $__timeFilter(at)`,
  },
  {
    id: 'last-stored',
    title: 'Last batch stored',
    question: 'How long ago was anything stored?',
    kind: 'stat',
    unit: 'seconds',
    thresholds: slow,
    sql: `SELECT dateDiff('second', max(at), now64(3)) AS since FROM vigilstream.batches`,
  },
  {
    id: 'left-out',
    title: 'Left out',
    question: 'How many records were left out on purpose?',
    kind: 'stat',
    unit: 'records',
    sql: `SELECT sum(count) AS records FROM vigilstream.drops FINAL WHERE $__timeFilter(at)`,
  },
  {
    id: 'dead-letters-count',
    title: 'Unusable',
    question: 'How many records could not be used?',
    kind: 'stat',
    unit: 'records',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
    ],
    sql: `SELECT count() AS records FROM vigilstream.dead_letters FINAL WHERE $__timeFilter(at)`,
  },
  {
    id: 'throughput',
    title: 'Records stored per second',
    question: 'How much does the stream carry, by topic?',
    kind: 'timeseries',
    unit: 'per-second',
    split: true,
    minInterval: 60,
    sql: countsOfSeries(`
SELECT $__timeInterval(at) AS time, topic AS series, sum(rows) / $__interval_s AS value
FROM vigilstream.batches FINAL
WHERE $__timeFilter(at)
GROUP BY time, series`),
  },
  {
    id: 'lag',
    title: 'Lag between the log and the store',
    question: 'How long do records wait before they are stored? The slowest batch of each step.',
    kind: 'timeseries',
    unit: 'seconds',
    split: true,
    minInterval: 60,
    sql: `
SELECT $__timeInterval(at) AS time, topic AS series,
  greatest(0, max(dateDiff('millisecond', first_time, at)) / 1000) AS value
FROM vigilstream.batches FINAL
WHERE $__timeFilter(at)
GROUP BY time, series
ORDER BY time, series`,
  },
  {
    id: 'way',
    title: 'From being written to being analysed',
    question: 'How old is a post when it is taken in, and how long does it take from there to its analysis?',
    kind: 'timeseries',
    unit: 'seconds',
    minInterval: 3600,
    columns: [
      { field: 'taken_in', title: 'Written to taken in (median)' },
      { field: 'analysed', title: 'Taken in to analysed (median)' },
      { field: 'analysed_p95', title: 'Taken in to analysed (95 %)' },
    ],
    sql: `
SELECT $__timeInterval(created_at) AS time,
  greatest(0, quantile(0.5)(dateDiff('millisecond', created_at, seen_at)) / 1000) AS taken_in,
  greatest(0, quantile(0.5)(dateDiff('millisecond', seen_at, analysed_at)) / 1000) AS analysed,
  greatest(0, quantile(0.95)(dateDiff('millisecond', seen_at, analysed_at)) / 1000) AS analysed_p95
FROM vigilstream.analyses
WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND $__timeFilter(created_at) AND ${fromChosenPlaces}
GROUP BY time
ORDER BY time`,
  },
  {
    id: 'drops-over-time',
    title: 'Left out, by reason',
    question: 'Why is something left out, and does that change?',
    kind: 'bars',
    unit: 'records',
    split: true,
    stacked: true,
    minInterval: 3600,
    sql: countsOfSeries(`
SELECT $__timeInterval(at) AS time, reason AS series, sum(count) AS value
FROM vigilstream.drops FINAL
WHERE $__timeFilter(at) AND $__conditionalAll(source IN (\${source:sqlstring}), $source)
GROUP BY time, series`),
  },
  {
    id: 'drops-by-reason',
    title: 'Left out and unusable, by source',
    question: 'How many records of which source are missing from the counts, and why?',
    kind: 'table',
    columns: [
      {
        field: 'source',
        title: 'Source',
        width: 100,
        links: [{ to: 'console', title: 'In the console', path: '/sources' }],
      },
      { field: 'stage', title: 'Stage', width: 75 },
      { field: 'kind', title: 'What', width: 85 },
      { field: 'reason', title: 'Reason' },
      { field: 'records', title: 'Records', unit: 'records', width: 85 },
      { field: 'last', title: 'Last time', width: 155 },
    ],
    empty: 'Nothing was left out in this time.',
    sql: `
SELECT source, stage, 'left out' AS kind, reason, sum(count) AS records, max(at) AS last
FROM vigilstream.drops FINAL
WHERE $__timeFilter(at) AND $__conditionalAll(source IN (\${source:sqlstring}), $source)
GROUP BY source, stage, reason
UNION ALL
SELECT source, stage, 'unusable' AS kind, reason, count() AS records, max(at) AS last
FROM vigilstream.dead_letters FINAL
WHERE $__timeFilter(at) AND $__conditionalAll(source IN (\${source:sqlstring}), $source)
GROUP BY source, stage, reason
ORDER BY records DESC, source, reason
LIMIT 100`,
  },
  {
    id: 'gaps-list',
    title: 'Gaps',
    question: 'When did a source deliver nothing that it should have delivered, and why?',
    kind: 'table',
    columns: [
      { field: 'source', title: 'Source', width: 140 },
      { field: 'gap_from', title: 'From', width: 165 },
      { field: 'gap_to', title: 'To', width: 165 },
      { field: 'missing', title: 'Length', unit: 'seconds', decimals: 1, width: 100 },
      { field: 'reason', title: 'Reason' },
    ],
    empty: 'No gap in this time.',
    sql: `
SELECT source, \`from\` AS gap_from, \`to\` AS gap_to, dateDiff('second', \`from\`, \`to\`) AS missing, reason
FROM vigilstream.gaps FINAL
WHERE \`from\` <= $__toTime AND \`to\` >= $__fromTime AND $__conditionalAll(source IN (\${source:sqlstring}), $source)
ORDER BY gap_from DESC
LIMIT 100`,
  },
);
