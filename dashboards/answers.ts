import type { Panel } from './panel.ts';
import { countsOverTime, fromChosenPlaces, stillThere } from './sql.ts';

/** Condition on `analyses`: an answer, of the chosen time, places and model. */
const answered = `gate IN ('passed', 'sampled', 'off') AND run = 'live'
      AND $__timeFilter(created_at) AND ${fromChosenPlaces}
      AND $__conditionalAll(model IN (\${model:sqlstring}), $model)`;

/**
 * The newest answer of each post that stands, as a table expression in brackets: `post_id`, `cluster`, `created_at`,
 * `author` and `columns` of `analyses`.
 * @param which condition on `columns`. Only posts of which some answer fulfils it are looked at closely, and they
 *   should be few. Their time finds them, with a few others: all revisions of a post have the same, and it is cheaper
 *   to read than the id.
 */
export function newestAnswers(columns: readonly string[], which: string): string {
  return `(
    SELECT *
    FROM
    (
      SELECT post_id, cluster, created_at, author, ${columns.join(', ')}
      FROM vigilstream.analyses
      WHERE ${answered}
        AND created_at GLOBAL IN (SELECT created_at FROM vigilstream.analyses WHERE ${answered} AND ${which})
        AND (\${duplicates:sqlstring} = 'with' OR NOT (author_automated OR advert))
        AND ${stillThere}
      ORDER BY revision DESC, analysed_at DESC
      LIMIT 1 BY post_id
    )
    WHERE ${which}
  )`;
}

/**
 * Posts that stand, each text once for whoever was first, with their newest answers to `tasks`, the author as `person`
 * and `time_written`.
 * @param which condition on `tasks` and on the columns `others` of `analyses`, as for `newestAnswers`
 */
export function answeredPosts(
  tasks: readonly string[],
  which: string,
  others: readonly string[] = [],
): string {
  return `(
  SELECT
    min(created_at) AS time_written, argMin(author, created_at) AS person,
    ${tasks.map((task) => `argMin(${task}_said, created_at) AS ${task}`).join(', ')}
  FROM
  (
    SELECT post_id, cluster, created_at, author, ${tasks.map((task) => `${task} AS ${task}_said`).join(', ')}
    FROM ${newestAnswers([...tasks, ...others], which)}
  )
  GROUP BY if(\${duplicates:sqlstring} = 'with', post_id, cluster)
)`;
}

/** A series of a chart: its name in the result, its title, and the condition on the answers. */
export type AnswerSeries = readonly [field: string, title: string, which: string];

/** People by day, a series for each condition on the answers of `posts`. */
export function answersOverTime(
  head: Pick<Panel, 'id' | 'title' | 'question'>,
  posts: string,
  series: readonly AnswerSeries[],
): Panel {
  return {
    ...head,
    kind: 'timeseries',
    unit: 'people',
    minInterval: 86400,
    columns: series.map(([field, title]) => ({ field, title })),
    sql: countsOverTime(`
SELECT
  $__timeInterval(time_written) AS time,
  ${series.map(([field, , which]) => `uniqExactIf(person, ${which}) AS \`${field}\``).join(',\n  ')}
FROM ${posts}
GROUP BY time`),
  };
}
