import { taskList } from '../../schemas/tasks.ts';
import { panelsOf, type Panel } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { atLevel, counted, countsOfSeries, countsOverTime, fromChosenPlaces, scoresAtLevel } from '../sql.ts';
import { change, pairIds, people, post, product, reaction, statistics } from './columns.ts';

const vaccines =
  "product_id GLOBAL IN (SELECT product_id FROM vigilstream.product_names WHERE kind = 'vaccine')";
const effectsInRange = `${vaccines} AND $__dateFilter(day) AND ${counted}`;

/**
 * Posts about vaccines that stand, each text once for whoever was first, with the answers to `tasks`. Only
 * rows with that answer are looked at closely, and they are few.
 */
function aboutVaccines(tasks: readonly string[]): string {
  return `(
  SELECT
    min(written) AS time_written, argMin(writer, written) AS person,
    ${tasks.map((task) => `argMin(${task}_said, written) AS ${task}`).join(', ')}
  FROM
  (
    SELECT
      post_id, any(cluster) AS text_cluster, any(created_at) AS written, any(author) AS writer,
      ${tasks.map((task) => `argMax(${task}, (revision, analysed_at)) AS ${task}_said`).join(', ')}
    FROM vigilstream.analyses
    WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND vaccine_relevance = 'yes'
      AND $__timeFilter(created_at) AND ${fromChosenPlaces}
      AND $__conditionalAll(model IN (\${model:sqlstring}), $model)
      AND (\${duplicates:sqlstring} = 'with' OR NOT (author_automated OR advert))
      AND cityHash64(post_id) GLOBAL NOT IN (SELECT post_hash FROM vigilstream.deletions)
      AND author GLOBAL NOT IN (SELECT toFixedString(author, 32) FROM vigilstream.deletions WHERE author != '')
    GROUP BY post_id
  )
  GROUP BY if(\${duplicates:sqlstring} = 'with', post_id, text_cluster)
)`;
}

function answersOverTime(
  id: string,
  task: string,
  title: string,
  question: string,
  labels: readonly string[],
): Panel {
  return {
    id,
    title,
    question,
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: labels.map((label) => ({ field: label, title: label })),
    sql: countsOverTime(`
SELECT
  $__timeInterval(time_written) AS time,
  ${labels.map((label) => `uniqExactIf(person, ${task} = '${label}') AS \`${label}\``).join(',\n  ')}
FROM ${aboutVaccines([task])}
GROUP BY time`),
  };
}

const labelsOf = (id: string): readonly string[] => {
  const task = taskList.tasks.find((one) => one.id === id);
  return task?.kind === 'sentence' ? task.labels : [];
};
const intents = labelsOf('vaccine_intent');

export const vaccinePanels = panelsOf(
  {
    id: 'vaccine-people',
    title: 'People who write about vaccines',
    question: 'How many people write about vaccines or vaccination?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(person) AS people FROM ${aboutVaccines(['vaccine_relevance'])}`,
  },
  {
    id: 'vaccine-against',
    title: 'Of these, against',
    question: 'What share of the people who write about vaccines speaks against vaccination?',
    kind: 'stat',
    unit: 'share',
    sql: `
SELECT uniqExactIf(person, vaccine_stance = 'against') / greatest(uniqExact(person), 1) AS share
FROM ${aboutVaccines(['vaccine_stance'])}`,
  },
  {
    id: 'vaccine-concerned',
    title: 'Of these, worried about side effects',
    question:
      'What share of the people who write about vaccines is worried about side effects? A worry is no report of an effect.',
    kind: 'stat',
    unit: 'share',
    sql: `
SELECT uniqExactIf(person, vaccine_side_effect_concern = 'yes') / greatest(uniqExact(person), 1) AS share
FROM ${aboutVaccines(['vaccine_side_effect_concern'])}`,
  },
  {
    id: 'vaccine-effect-people',
    title: 'People who tell of an effect',
    question: 'How many people tell of an unwanted effect of a named vaccine?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${effectsInRange}`,
  },
  {
    id: 'vaccine-relevance',
    title: 'People who write about vaccines',
    question: 'Do more people write about vaccines than before?',
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: [{ field: 'people', title: 'People' }],
    sql: countsOverTime(`
SELECT $__timeInterval(time_written) AS time, uniqExact(person) AS people
FROM ${aboutVaccines(['vaccine_relevance'])}
GROUP BY time`),
  },
  answersOverTime(
    'vaccine-stance',
    'vaccine_stance',
    'Stance',
    'Do people speak for or against vaccination, and does that change?',
    labelsOf('vaccine_stance'),
  ),
  ...(intents.length > 0
    ? [
        answersOverTime(
          'vaccine-intent',
          'vaccine_intent',
          'Intent',
          'Do people mean to be vaccinated, and does that change?',
          intents,
        ),
      ]
    : []),
  {
    id: 'vaccine-concern',
    title: 'Worry about side effects',
    question: 'Do more people worry about side effects of vaccines than before?',
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: [{ field: 'people', title: 'People who worry' }],
    sql: countsOverTime(`
SELECT $__timeInterval(time_written) AS time, uniqExactIf(person, vaccine_side_effect_concern = 'yes') AS people
FROM ${aboutVaccines(['vaccine_side_effect_concern'])}
GROUP BY time`),
  },
  {
    id: 'vaccine-effects-over-time',
    title: 'Reported effects over time',
    question: 'Which effects of vaccines are told of more often than before?',
    kind: 'timeseries',
    unit: 'people',
    split: true,
    minInterval: 86400,
    sql: countsOfSeries(`
WITH
  told AS (SELECT created_at, author, reaction_id, reaction FROM ${atLevel(effectsInRange)}),
  largest AS (SELECT reaction_id FROM told GROUP BY reaction_id ORDER BY uniqExact(author) DESC, reaction_id LIMIT 8)
SELECT $__timeInterval(created_at) AS time, any(reaction) AS series, uniqExact(author) AS value
FROM told
WHERE reaction_id GLOBAL IN (SELECT reaction_id FROM largest)
GROUP BY time, reaction_id`),
  },
  {
    id: 'vaccine-effects',
    title: 'Reported effects',
    question: 'Of which vaccines do people tell which effects, and what do the statistics say?',
    kind: 'table',
    columns: [product, reaction, people, ...change, ...statistics, ...pairIds],
    empty: 'No scan has found an effect of a vaccine yet.',
    sql: `
SELECT
  product, concept AS reaction, n11 AS people, recent, baseline, change_q, expected, prr, ror_lo, ic025, eb05,
  product_id, concept_id AS reaction_id
FROM vigilstream.pair_scores_latest
WHERE ${scoresAtLevel} AND ${vaccines}
ORDER BY people DESC, product, reaction
LIMIT 100`,
  },
  {
    id: 'vaccine-examples',
    title: 'Posts with an effect of a vaccine',
    question: 'What do people write in their own words?',
    kind: 'posts',
    columns: post,
    sql: postsToRead(`
  SELECT post_id, max(created_at) AS written
  FROM vigilstream.mentions
  WHERE ${effectsInRange}
  GROUP BY post_id
  ORDER BY written DESC, post_id
  LIMIT 25`),
  },
);
