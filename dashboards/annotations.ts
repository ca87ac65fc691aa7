/** Marks on the axis of time: `time`, `timeEnd` (equal for a moment), `title`, `text`, `tags`. */
export type Annotation = {
  readonly id: string;
  readonly title: string;
  readonly colour: string;
  readonly sql: string;
};

export const annotations: readonly Annotation[] = [
  {
    id: 'alerts',
    title: 'Alerts',
    colour: 'red',
    sql: `
SELECT at AS time, at AS timeEnd, any(title) AS title, any(summary) AS text, any(severity) AS tags
FROM vigilstream.alerts
WHERE $__timeFilter(at)
GROUP BY id, at
ORDER BY time
LIMIT 500`,
  },
  {
    id: 'models',
    title: 'Model changes',
    colour: 'purple',
    sql: `
SELECT min(hour) AS time, min(hour) AS timeEnd, 'Model' AS title, model AS text, 'model' AS tags
FROM vigilstream.posts_hourly
WHERE run = 'live' AND hour >= $__fromTime - INTERVAL 1 DAY AND hour <= $__toTime
GROUP BY model
HAVING sum(analysed) > 0 AND time >= $__fromTime
ORDER BY time`,
  },
  {
    id: 'gaps',
    title: 'Source gaps',
    colour: 'orange',
    sql: `
SELECT \`from\` AS time, \`to\` AS timeEnd, 'Gap' AS title, concat(source, ': ', reason) AS text, source AS tags
FROM vigilstream.gaps FINAL
WHERE \`from\` <= $__toTime AND \`to\` >= $__fromTime AND $__conditionalAll(source IN (\${source:sqlstring}), $source)
ORDER BY time
LIMIT 500`,
  },
];
