import { panelsOf } from '../panel.ts';
import { counted, countsOverTime, ofConcept, ofProduct, ofReaction } from '../sql.ts';
import { pairIds, product, reaction } from './columns.ts';

const chosen = `${ofProduct} AND ${ofConcept}`;
const live = "run = 'live'";

export const signalPanels = panelsOf(
  {
    id: 'signals-list',
    title: 'Signals',
    question: 'Which signals are there, in which state, since when, and on what evidence?',
    kind: 'table',
    columns: [
      {
        field: 'state',
        title: 'State',
        width: 115,
        links: [{ to: 'console', title: 'Open the signal', path: '/signals/{signal_id}' }],
      },
      product,
      {
        ...reaction,
        links: [
          {
            to: 'dashboard',
            title: 'Show it below',
            dashboard: 'signals',
            set: { product: 'product_id', term: 'reaction_id' },
          },
          ...(reaction.links ?? []),
        ],
      },
      {
        field: 'people',
        title: 'People',
        unit: 'people',
        width: 80,
        links: [
          {
            to: 'dashboard',
            title: 'Read the posts',
            dashboard: 'posts',
            set: { product: 'product_id', term: 'reaction_id' },
          },
        ],
      },
      { field: 'recent', title: 'Last 7 days', unit: 'people', width: 95 },
      { field: 'baseline', title: '7 days before', unit: 'people', width: 105 },
      { field: 'change_q', title: 'q of the change', unit: 'ratio', decimals: 3, width: 115 },
      { field: 'age', title: 'Age', unit: 'seconds', decimals: 1, width: 90 },
      { field: 'person', title: 'Last step by', width: 100 },
      { field: 'criteria', title: 'Criteria', width: 90 },
      { field: 'signal_id', title: 'Id', hidden: true },
      ...pairIds,
    ],
    empty: 'Nothing has been detected yet.',
    sql: `
SELECT
  concat(state, if(outcome = '', '', concat(': ', outcome))) AS state, product, concept AS reaction,
  JSONExtractUInt(evidence, 'n11') AS people, JSONExtractUInt(evidence, 'recent') AS recent,
  JSONExtractUInt(evidence, 'baseline') AS baseline, JSONExtractFloat(evidence, 'change', 'q') AS change_q,
  dateDiff('second', detected_at, now64(3)) AS age, person, criteria, signal_id, product_id,
  concept_id AS reaction_id
FROM vigilstream.signals_current AS s
WHERE ${live} AND ${chosen}
ORDER BY s.state = 'closed', detected_at DESC, signal_id
LIMIT 200`,
  },
  {
    id: 'signals-by-state',
    title: 'By state',
    question: 'How many signals wait for whom?',
    kind: 'ranking',
    unit: 'count',
    columns: [{ field: 'value', title: 'Signals', unit: 'count' }],
    sql: `
SELECT state AS label, count() AS value
FROM vigilstream.signals_current
WHERE ${live} AND ${chosen}
GROUP BY label
ORDER BY indexOf(['detected', 'validated', 'prioritised', 'under-assessment', 'closed'], label)`,
  },
  {
    id: 'signal-series',
    title: 'People over time, with signals and alerts marked',
    question: 'How did the number of people change before and after the signal or the alert?',
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: [
      { field: 'people', title: 'People' },
      { field: 'alerted', title: 'Signal or alert', look: 'tone' },
    ],
    sql: countsOverTime(`
SELECT time, max(counted) AS people, if(max(marked) = 1, toNullable(max(counted)), NULL) AS alerted
FROM
(
  SELECT $__timeInterval(created_at) AS time, uniqExact(author) AS counted, 0 AS marked
  FROM vigilstream.mentions
  WHERE ${ofProduct} AND ${ofReaction} AND $__dateFilter(day) AND ${counted}
  GROUP BY time
  UNION ALL
  SELECT $__timeInterval(at) AS time, 0 AS counted, 1 AS marked
  FROM vigilstream.alerts
  WHERE $__timeFilter(at) AND product_id != '' AND ${chosen}
  UNION ALL
  SELECT $__timeInterval(at) AS time, 0 AS counted, 1 AS marked
  FROM vigilstream.signal_events
  WHERE ${live} AND from_state = '' AND kind = 'transition' AND $__timeFilter(at) AND ${chosen}
)
GROUP BY time`),
  },
  {
    id: 'signals-history',
    title: 'What was done',
    question: 'Who took which signal to which state, and why?',
    kind: 'table',
    columns: [
      { field: 'at', title: 'When', width: 165 },
      product,
      reaction,
      { field: 'step', title: 'Step', width: 230 },
      { field: 'person', title: 'By', width: 110 },
      { field: 'reason', title: 'Why' },
      ...pairIds,
    ],
    empty: 'No signal has changed its state in this time.',
    sql: `
SELECT
  at, product, concept AS reaction,
  concat(if(from_state = '', 'new', from_state), ' → ', to_state, if(outcome = '', '', concat(': ', outcome))) AS step,
  person, reason, product_id, concept_id AS reaction_id
FROM vigilstream.signal_events
WHERE ${live} AND kind = 'transition' AND $__timeFilter(at) AND ${chosen}
ORDER BY at DESC
LIMIT 100`,
  },
  {
    id: 'alerts-list',
    title: 'Alerts',
    question: 'What was told to whom, and when?',
    kind: 'table',
    columns: [
      {
        field: 'at',
        title: 'When',
        width: 165,
        links: [{ to: 'console', title: 'In the console', path: '/alerts' }],
      },
      { field: 'severity', title: 'Severity', width: 90 },
      { field: 'rule', title: 'Rule', width: 150 },
      { field: 'title', title: 'Alert' },
      { field: 'people', title: 'People', unit: 'people', width: 80 },
      { field: 'channels', title: 'Sent to', width: 130 },
    ],
    empty: 'No alert in this time.',
    sql: `
SELECT at, severity, rule, title, people, arrayStringConcat(channels, ', ') AS channels
FROM vigilstream.alerts FINAL
WHERE $__timeFilter(at) AND ${chosen}
ORDER BY at DESC
LIMIT 100`,
  },
);
