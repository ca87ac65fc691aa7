import type { Question } from './mention-filter.ts';

/** How many posts have a probability of a task between `bin / bins` and the next, lately and before. */
export type ScoreBin = {
  readonly task: string;
  readonly bin: number;
  readonly recent: number;
  readonly before: number;
};

export const scoreBins = 20;

/**
 * Histograms of the probabilities of the tasks (ids) in the live run: of the week up to `to` (ms) and of the four
 * weeks before that. Bins without a post are left out.
 * @throws RangeError for a task that is not a plain word.
 */
export function scoreHistogramsOf(tasks: readonly string[], to: number): Question {
  if (tasks.some((task) => !/^[a-z][a-z0-9_]*$/.test(task))) throw new RangeError('not the name of a task');
  const answers = tasks.map((task) => `('${task}', toString(${task}), ${task}_p)`);
  return {
    sql: `
SELECT
    answer.1 AS task, toUInt8(least(${scoreBins - 1}, answer.3 * ${scoreBins})) AS bin,
    countIf(recently) AS recent, countIf(NOT recently) AS before
FROM
(
    SELECT created_at > fromUnixTimestamp64Milli({to:Int64}) - INTERVAL 7 DAY AS recently,
        arrayJoin([${answers.join(', ')}]) AS answer
    FROM vigilstream.analyses
    WHERE gate IN ('passed', 'sampled', 'off') AND run = 'live'
      AND created_at > fromUnixTimestamp64Milli({to:Int64}) - INTERVAL 35 DAY
      AND created_at <= fromUnixTimestamp64Milli({to:Int64})
)
WHERE answer.2 != ''
GROUP BY task, bin
ORDER BY task, bin`,
    params: { to },
  };
}
