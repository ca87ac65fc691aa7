import { taskList, type SentenceTask } from '../../schemas/tasks.ts';
import { panelsOf } from '../panel.ts';
import { fromChosenPlaces } from '../sql.ts';

const tasks = taskList.tasks.filter((task): task is SentenceTask => task.kind === 'sentence');
const positive = tasks.filter((task) => task.positive !== undefined && task.threshold !== undefined);

const answered = `gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${fromChosenPlaces}
    AND $__conditionalAll(model IN (\${model:sqlstring}), $model)`;

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const titles = `transform(task, [${tasks.map(({ id }) => literal(id)).join(', ')}], [${tasks.map(({ title }) => literal(title)).join(', ')}], task)`;

/** Windows that are compared: the last week of the stretch, and the four weeks before that. */
const week = 'created_at > $__toTime - INTERVAL 7 DAY AND created_at <= $__toTime';
const fiveWeeks = 'created_at > $__toTime - INTERVAL 35 DAY AND created_at <= $__toTime';
const bins = 10;

/** Histograms of one task's probabilities in both windows. */
const histogram = ({ id }: SentenceTask) => `
  SELECT ${literal(id)} AS task, toUInt8(least(${bins - 1}, ${id}_p * ${bins})) AS bin,
    countIf(created_at > $__toTime - INTERVAL 7 DAY) AS now, countIf(created_at <= $__toTime - INTERVAL 7 DAY) AS before
  FROM vigilstream.analyses
  WHERE ${answered} AND ${fiveWeeks} AND ${id} != ''
  GROUP BY bin`;

const drift = [
  { from: null, tone: 'calm' },
  { from: 0.1, tone: 'watch' },
  { from: 0.25, tone: 'act' },
] as const;

export const modelPanels = panelsOf(
  {
    id: 'gate-recall',
    title: 'Recall of the gate',
    question:
      'Of the posts with an unwanted effect, what share gets past the gate? Estimated from the random slice of refused posts that is analysed all the same.',
    kind: 'stat',
    unit: 'share',
    thresholds: [
      { from: null, tone: 'act' },
      { from: 0.9, tone: 'watch' },
      { from: 0.95, tone: 'calm' },
    ],
    sql: `
SELECT if(refused + sampled = 0, 1, if(sampled = 0, NULL,
    caught / greatest(caught + missed * (refused + sampled) / sampled, 1))) AS recall
FROM
(
  SELECT sum(refused) AS refused, sum(sampled) AS sampled, sum(sampled_effects) AS missed,
    sum(effects) - sum(sampled_effects) AS caught
  FROM vigilstream.posts_hourly
  WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}
)`,
  },
  {
    id: 'gate-sample',
    title: 'Refused posts looked at',
    question: 'On how many refused posts does the recall of the gate rest?',
    kind: 'stat',
    unit: 'posts',
    sql: `
SELECT sum(sampled) AS posts
FROM vigilstream.posts_hourly
WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}`,
  },
  {
    id: 'gate-share',
    title: 'Let through by the gate',
    question: 'What share of the posts does the gate let through to the model?',
    kind: 'timeseries',
    unit: 'share',
    minInterval: 86400,
    columns: [{ field: 'share', title: 'Let through' }],
    sql: `
SELECT $__timeInterval(hour) AS time, (sum(analysed) - sum(sampled)) / (sum(analysed) + sum(refused)) AS share
FROM vigilstream.posts_hourly
WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}
GROUP BY time
HAVING sum(analysed) + sum(refused) > 0
ORDER BY time`,
  },
  {
    id: 'score-drift',
    title: 'Drift of the scores',
    question:
      'Are the probabilities of the last week spread as in the four weeks before? PSI: below 0.1 steady, above 0.25 look into it.',
    kind: 'table',
    columns: [
      { field: 'task', title: 'Task' },
      { field: 'psi', title: 'PSI', unit: 'ratio', decimals: 3, width: 70, look: 'tone', thresholds: drift },
      { field: 'jensen_shannon', title: 'Jensen–Shannon', unit: 'ratio', decimals: 3, width: 125 },
      { field: 'last_week', title: 'Last week', unit: 'posts', width: 90 },
      { field: 'weeks_before', title: '4 weeks before', unit: 'posts', width: 115 },
    ],
    empty: 'The model has not answered anything yet.',
    sql: `
SELECT ${titles} AS task,
  sum((p - q) * log(p / q)) AS psi,
  sum(p * log2(2 * p / (p + q)) + q * log2(2 * q / (p + q))) / 2 AS jensen_shannon,
  any(all_now) AS last_week, any(all_before) AS weeks_before
FROM
(
  SELECT task, sum(now) OVER every_bin AS all_now, sum(before) OVER every_bin AS all_before,
    (now + 0.5) / (all_now + ${bins / 2}) AS p, (before + 0.5) / (all_before + ${bins / 2}) AS q
  FROM
  (
    SELECT task, bin, sum(now) AS now, sum(before) AS before
    FROM
    (
      SELECT task, bin, 0 AS now, 0 AS before
      FROM (SELECT arrayJoin([${positive.map(({ id }) => literal(id)).join(', ')}]) AS task)
      ARRAY JOIN range(${bins}) AS bin
      UNION ALL${positive.map(histogram).join('\n  UNION ALL')}
    )
    GROUP BY task, bin
  )
  WINDOW every_bin AS (PARTITION BY task)
)
GROUP BY task
ORDER BY psi DESC, task`,
  },
  {
    id: 'positive-share',
    title: 'Share of posts with a positive answer',
    question: 'Does the model say yes about as often as before?',
    kind: 'timeseries',
    unit: 'share',
    minInterval: 86400,
    columns: positive.map(({ id, title }) => ({ field: id, title })),
    sql: `
SELECT $__timeInterval(created_at) AS time,
  ${positive.map(({ id, positive: yes = '' }) => `countIf(${id} = ${literal(yes)}) / greatest(countIf(${id} != ''), 1) AS ${id}`).join(',\n  ')}
FROM vigilstream.analyses
WHERE ${answered.replaceAll('\n    ', ' ')} AND $__timeFilter(created_at)
GROUP BY time
ORDER BY time`,
  },
  {
    id: 'near-threshold',
    title: 'Answers near the threshold, last week',
    question: 'On how large a share of the posts is the model hardly sure: within 0.1 of the threshold?',
    kind: 'ranking',
    unit: 'share',
    columns: [{ field: 'value', title: 'Share', unit: 'share' }],
    sql: `
SELECT ${titles} AS label, near / greatest(asked, 1) AS value
FROM
(
  SELECT arrayJoin([${positive.map(({ id }) => `(${literal(id)}, near_${id}, asked_${id})`).join(', ')}]) AS row,
    row.1 AS task, row.2 AS near, row.3 AS asked
  FROM
  (
    SELECT
      ${positive.map(({ id, threshold = 0.5 }) => `countIf(${id} != '' AND abs(${id}_p - ${threshold}) < 0.1) AS near_${id}, countIf(${id} != '') AS asked_${id}`).join(',\n      ')}
    FROM vigilstream.analyses
    WHERE ${answered} AND ${week}
  )
)
ORDER BY value DESC, label`,
  },
  {
    id: 'below-threshold',
    title: 'Effects that were not given a term',
    question:
      'For what share of the posts with an effect is the model too unsure of the term: only the organ class is given, or nothing?',
    kind: 'timeseries',
    unit: 'share',
    minInterval: 86400,
    columns: [
      { field: 'class_only', title: 'Organ class only' },
      { field: 'nothing', title: 'Not even that' },
    ],
    sql: `
SELECT $__timeInterval(created_at) AS time,
  uniqExactIf(post_hash, concept_id = '' AND class_id != '') / uniqExact(post_hash) AS class_only,
  uniqExactIf(post_hash, class_id = '') / uniqExact(post_hash) AS nothing
FROM vigilstream.mentions
WHERE run = 'live' AND role = 'effect' AND $__dateFilter(day) AND ${fromChosenPlaces}
  AND $__conditionalAll(model IN (\${model:sqlstring}), $model)
GROUP BY time
ORDER BY time`,
  },
  {
    id: 'human-agreement',
    title: 'Agreement with people',
    question: 'How often do people give the answer that the model suggested?',
    kind: 'table',
    columns: [
      { field: 'task', title: 'Task' },
      { field: 'labels', title: 'Answers', unit: 'count', width: 85 },
      { field: 'people', title: 'People', unit: 'people', width: 80 },
      { field: 'agreement', title: 'Same as the model', unit: 'share', width: 145, look: 'bar' },
    ],
    sql: `
SELECT ${titles} AS task, labels, people, if(labels = 0, NULL, same / labels) AS agreement
FROM (SELECT arrayJoin([${tasks.map(({ id }) => literal(id)).join(', ')}]) AS task) AS t
GLOBAL LEFT JOIN
(
  SELECT task, count() AS labels, uniqExact(person) AS people,
    countIf(answer = JSONExtractString(suggested, 'tasks', task, 'label')) AS same
  FROM
  (
    SELECT task_id, person, arrayJoin(CAST(argMax(answers, at), 'Array(Tuple(String, String))')) AS pair,
      pair.1 AS task, pair.2 AS answer
    FROM vigilstream.labels
    WHERE $__timeFilter(at)
    GROUP BY task_id, person
    HAVING argMax(verdict, at) = 'answered'
  ) AS l
  GLOBAL INNER JOIN
  (SELECT id, argMax(suggestions, created_at) AS suggested FROM vigilstream.label_tasks GROUP BY id) AS s ON s.id = l.task_id
  GROUP BY task
) AS a USING (task)
ORDER BY labels DESC, task`,
  },
  {
    id: 'models-in-use',
    title: 'Models in use',
    question: 'Which model read how much, and how often did it find an unwanted effect?',
    kind: 'table',
    columns: [
      {
        field: 'model',
        title: 'Model',
        links: [{ to: 'console', title: 'In the console', path: '/models' }],
      },
      { field: 'last_post', title: 'Newest post', width: 155 },
      { field: 'analysed', title: 'Analysed', unit: 'posts', width: 90 },
      { field: 'effects', title: 'With an effect', unit: 'posts', width: 105 },
      { field: 'share', title: 'Share', unit: 'share', width: 70 },
    ],
    sql: `
SELECT model, last_post, read AS analysed, found AS effects, found / greatest(read, 1) AS share
FROM
(
  SELECT model, max(hour) AS last_post, sum(analysed) AS read, sum(effects) AS found
  FROM vigilstream.posts_hourly
  WHERE run = 'live' AND $__timeFilter(hour) AND ${fromChosenPlaces}
  GROUP BY model
  HAVING read > 0
)
ORDER BY last_post DESC, model`,
  },
);
