import type { Panel } from './panel.ts';
import { countsOverTime, fromChosenPlaces } from './sql.ts';

/**
 * Posts that stand, each text once for whoever was first, with their answers to `tasks`, the author as `person` and
 * `time_written`. `which` is a condition on `analyses`; only the rows that it lets through are looked at closely,
 * and they should be few.
 */
export function answeredPosts(tasks: readonly string[], which: string): string {
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
    WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live' AND ${which}
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
