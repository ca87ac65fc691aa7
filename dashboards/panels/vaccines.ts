import { taskList } from '../../schemas/tasks.ts';
import { answeredPosts, answersOverTime } from '../answers.ts';
import { panelsOf, type Panel } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { atLevel, counted, countsOfSeries, scoresAtLevel } from '../sql.ts';
import { change, pairIds, people, post, product, reaction, statistics } from './columns.ts';

const vaccines =
  "product_id GLOBAL IN (SELECT product_id FROM vigilstream.product_names WHERE kind = 'vaccine')";
const effectsInRange = `${vaccines} AND $__dateFilter(day) AND ${counted}`;

const aboutVaccines = (tasks: readonly string[]): string =>
  answeredPosts([...new Set(['vaccine_relevance', ...tasks])], "vaccine_relevance = 'yes'");

/** A series for each label of a task, under the label's own name. */
function labelsOverTime(task: string, head: Pick<Panel, 'id' | 'title' | 'question'>): Panel {
  const found = taskList.tasks.find(({ id }) => id === task);
  const labels = found?.kind === 'sentence' ? found.labels : [];
  return answersOverTime(
    head,
    aboutVaccines([task]),
    labels.map((label) => [label, label, `${task} = '${label}'`]),
  );
}

/** The share of the people who write about vaccines for whom a task has this answer. */
function shareOf(task: string, label: string, head: Pick<Panel, 'id' | 'title' | 'question'>): Panel {
  return {
    ...head,
    kind: 'stat',
    unit: 'share',
    sql: `
SELECT uniqExactIf(person, ${task} = '${label}') / greatest(uniqExact(person), 1) AS share
FROM ${aboutVaccines([task])}`,
  };
}

export const vaccinePanels = panelsOf(
  {
    id: 'vaccine-people',
    title: 'People who write about vaccines',
    question: 'How many people write about vaccines or vaccination?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(person) AS people FROM ${aboutVaccines(['vaccine_relevance'])}`,
  },
  shareOf('vaccine_stance', 'against', {
    id: 'vaccine-against',
    title: 'Of these, against',
    question: 'What share of the people who write about vaccines speaks against vaccination?',
  }),
  shareOf('vaccine_side_effect_concern', 'yes', {
    id: 'vaccine-concerned',
    title: 'Of these, worried about side effects',
    question:
      'What share of the people who write about vaccines is worried about side effects? A worry is no report of an effect.',
  }),
  shareOf('vaccine_intent', 'yes', {
    id: 'vaccine-intending',
    title: 'Of these, mean to get one',
    question:
      'What share of the people who write about vaccines will, or wants to, be vaccinated or have a child vaccinated?',
  }),
  shareOf('vaccine_use', 'yes', {
    id: 'vaccine-vaccinated',
    title: 'Of these, tell of a dose',
    question:
      'What share of the people who write about vaccines says that they, or somebody concrete, have been vaccinated?',
  }),
  {
    id: 'vaccine-effect-people',
    title: 'People who tell of an effect',
    question: 'How many people tell of an unwanted effect of a named vaccine?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${effectsInRange}`,
  },
  answersOverTime(
    {
      id: 'vaccine-relevance',
      title: 'People who write about vaccines',
      question: 'Do more people write about vaccines than before, and do more tell of a dose?',
    },
    aboutVaccines(['vaccine_relevance', 'vaccine_use']),
    [
      ['people', 'People', '1'],
      ['vaccinated', 'Who tell of a dose', "vaccine_use = 'yes'"],
    ],
  ),
  labelsOverTime('vaccine_stance', {
    id: 'vaccine-stance',
    title: 'Stance',
    question: 'Do people speak for or against vaccination, and does that change?',
  }),
  labelsOverTime('vaccine_intent', {
    id: 'vaccine-intent',
    title: 'Intent',
    question: 'Do people mean to be vaccinated, and does that change?',
  }),
  answersOverTime(
    {
      id: 'vaccine-concern',
      title: 'Worry about side effects',
      question: 'Do more people worry about side effects of vaccines than before?',
    },
    aboutVaccines(['vaccine_side_effect_concern']),
    [['people', 'People who worry', "vaccine_side_effect_concern = 'yes'"]],
  ),
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
