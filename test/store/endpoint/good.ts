/** Statements that a reader needs, each with the first line of its answer as TSV where that is fixed. */
export const good: readonly (readonly [name: string, sql: string, first?: string])[] = [
  ['a constant', 'SELECT 1', '1'],
  ['a trailing semicolon', 'SELECT 1;', '1'],
  ['comments', '/* panel 3 */ SELECT 1 -- the end', '1'],
  ['a count', 'SELECT count() FROM posts', '20000'],
  ['the full name of a table', 'SELECT count() FROM vigilstream.posts', '20000'],
  ['quoted names', 'SELECT count(*) AS `all posts` FROM "vigilstream"."posts"', '20000'],
  ['the current database', 'SELECT currentDatabase()', 'vigilstream'],
  [
    'a Grafana time series ($__timeInterval, $__timeFilter expanded)',
    `SELECT toStartOfInterval(toDateTime(created_at), INTERVAL 86400 second) AS time, source, count() AS posts
     FROM vigilstream.posts
     WHERE created_at >= toDateTime(1767225600) AND created_at <= toDateTime(1767830400)
     GROUP BY time, source ORDER BY time, source LIMIT 1`,
    '2026-01-01 00:00:00\tbluesky\t480',
  ],
  [
    'a Grafana milliseconds filter ($__timeFilter_ms, $__fromTime_ms)',
    `SELECT count() FROM posts WHERE created_at >= fromUnixTimestamp64Milli(1767225600000) AND created_at < fromUnixTimestamp64Milli(1767225660000)`,
    '1',
  ],
  [
    'a Grafana variable',
    `SELECT DISTINCT source AS __text FROM posts WHERE source IN ('bluesky', 'reddit') ORDER BY 1`,
    'bluesky',
  ],
  [
    'conditional aggregates',
    `SELECT countIf(lang = 'en'), sumIf(1, lang = 'de'), uniqExactIf(author, lang = 'en'), countDistinct(source) FROM posts`,
    '10000\t10000\t500\t3',
  ],
  [
    'a common table expression',
    `WITH daily AS (SELECT toDate(created_at) AS day, count() AS n FROM posts GROUP BY day)
     SELECT max(n), min(day) FROM daily`,
    '1440\t2026-01-01',
  ],
  ['a scalar in WITH', 'WITH (SELECT count() FROM posts) AS total SELECT total / 2', '10000'],
  [
    'a recursive expression',
    'WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t WHERE a < 5) SELECT sum(a) FROM t',
    '15',
  ],
  [
    'window functions',
    `SELECT source, n, row_number() OVER (ORDER BY n DESC, source) AS place, lagInFrame(n) OVER w, sum(n) OVER w
     FROM (SELECT source, count() AS n FROM posts GROUP BY source) WINDOW w AS (ORDER BY source ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
     ORDER BY source`,
    'bluesky\t6667\t1\t0\t6667',
  ],
  [
    'a join of our tables',
    `SELECT p.source, count() FROM posts AS p INNER JOIN analyses AS a ON p.post_id = a.post_id
     WHERE a.adverse_effect = 'no' GROUP BY p.source ORDER BY p.source LIMIT 1`,
  ],
  ['a view', 'SELECT count() > 0 FROM findings', '1'],
  ['FINAL and PREWHERE', `SELECT count() FROM posts FINAL PREWHERE source = 'reddit'`, '6667'],
  ['an array join', 'SELECT x FROM (SELECT [3, 1, 2] AS a) ARRAY JOIN arraySort(a) AS x', '1'],
  [
    'lambdas',
    `SELECT arrayMap(x -> upper(x), ['a', 'b']), arrayFilter(x -> x > 1, [1, 2])`,
    "['A','B']\t[2]",
  ],
  ['APPLY', "SELECT COLUMNS('^lang$') APPLY uniq FROM posts", '2'],
  ['EXCEPT and REPLACE', 'SELECT * EXCEPT (b) REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)', '2'],
  [
    'text functions',
    `SELECT replaceRegexpAll(lower('A-B'), '[^a-z]', ''), position('abc', 'c'), 'x' ILIKE 'X', extract('a1', '\\\\d')`,
    'ab\t3\t1\t1',
  ],
  ['a heredoc', `SELECT $$it's$$`, "it\\'s"],
  [
    'dates',
    `SELECT toDate('2026-01-31') + INTERVAL 1 MONTH, dateDiff('day', toDate('2026-01-01'), toDate('2026-01-31')), date_trunc('month', toDate('2026-01-31'))`,
    '2026-02-28\t30\t2026-01-01',
  ],
  [
    'quantiles and states',
    'SELECT quantiles(0.5, 0.9)(number), finalizeAggregation(sumState(number)), uniqMerge(s) FROM (SELECT number, uniqState(number) AS s FROM numbers(11) GROUP BY number)',
    '[5,9]\t55\t11',
  ],
  [
    'cases',
    `SELECT CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END, CASE 2 WHEN 2 THEN 'x' END, 1 BETWEEN 0 AND 2, if(0, 1, 2), 1 ? 3 : 4`,
    'a\tx\t1\t2\t3',
  ],
  [
    'casts',
    `SELECT '12'::UInt8, CAST('1.5' AS Float64), toInt32OrNull('x') IS NULL, (1, 'a').2, map('k', 1)['k']`,
    '12\t1.5\t1\ta\t1',
  ],
  [
    'ROLLUP, TOTALS and LIMIT BY',
    'SELECT source, lang, count() FROM posts GROUP BY source, lang WITH ROLLUP ORDER BY 3 DESC LIMIT 1 BY source',
    '\t\t20000',
  ],
  [
    'GROUPING SETS',
    'SELECT lang, grouping(lang), count() AS n FROM posts GROUP BY GROUPING SETS ((lang), ()) ORDER BY n DESC, lang',
    '\t1\t20000',
  ],
  ['WITH FILL', `SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 3) ORDER BY n WITH FILL FROM 0 TO 4`, '0'],
  ['UNION DISTINCT and EXCEPT', 'SELECT 1 UNION DISTINCT SELECT 1 EXCEPT SELECT 2', '1'],
  [
    'subqueries',
    `SELECT count() FROM posts WHERE author IN (SELECT author FROM analyses WHERE adverse_effect = 'yes') AND EXISTS (SELECT 1)`,
  ],
  [
    'a text about system tables',
    `SELECT count() FROM posts WHERE text LIKE '%system.processes%' OR text = 'file('`,
    '0',
  ],
  ['a column named file', 'SELECT file FROM (SELECT 1 AS file)', '1'],
  ['QUALIFY', 'SELECT number FROM numbers(5) QUALIFY row_number() OVER (ORDER BY number DESC) = 1', '4'],
  ['SHOW DATABASES', "SHOW DATABASES LIKE 'vigil%'", 'vigilstream'],
  ['SHOW TABLES', "SHOW TABLES FROM vigilstream LIKE 'posts'", 'posts'],
  ['SHOW COLUMNS', 'SHOW COLUMNS FROM posts FROM vigilstream LIMIT 1'],
  ['SHOW CREATE TABLE', 'SHOW CREATE TABLE vigilstream.posts'],
  ['DESCRIBE', 'DESC TABLE vigilstream.posts'],
  ['DESCRIBE a query', 'DESCRIBE (SELECT 1 AS a)'],
  ['EXISTS', 'EXISTS vigilstream.posts', '1'],
  ['EXPLAIN', "EXPLAIN SELECT count() FROM posts WHERE source = 'reddit'"],
  ['EXPLAIN with settings', "EXPLAIN PLAN indexes = 1 SELECT count() FROM posts WHERE post_id = 'a'"],
  ['EXPLAIN AST', 'EXPLAIN AST SELECT 1'],
  ['the list of databases', "SELECT name FROM system.databases WHERE name = 'vigilstream'", 'vigilstream'],
  [
    'the list of tables',
    "SELECT name FROM system.tables WHERE database = 'vigilstream' AND name = 'posts'",
    'posts',
  ],
  [
    'the list of columns',
    "SELECT name, type FROM system.columns WHERE database = 'vigilstream' AND table = 'posts' AND name = 'lang'",
    'lang\tLowCardinality(String)',
  ],
  [
    'the information schema',
    "SELECT table_name FROM information_schema.tables WHERE table_name = 'posts'",
    'posts',
  ],
  [
    'what clickhouse-connect asks',
    "SELECT name, value, readonly FROM system.settings WHERE name = 'readonly'",
    'readonly\t1\t1',
  ],
  ['values', "SELECT sum(a) FROM values('a UInt8', 1, 2)", '3'],
];

/** Formats that have to work, and what an answer begins with. */
export const goodFormats: readonly (readonly [format: string, begins: string | RegExp])[] = [
  ['JSON', /^\{\s*"meta"/],
  ['JSONCompact', /^\{\s*"meta"/],
  ['JSONStrings', /"data"/],
  ['JSONColumns', /"a": \[1\]/],
  ['JSONEachRow', '{"a":1,"b":"x"}\n'],
  ['NDJSON', '{"a":1,"b":"x"}\n'],
  ['JSONCompactEachRow', '[1, "x"]\n'],
  ['JSONCompactEachRowWithNamesAndTypes', '["a", "b"]\n'],
  ['CSV', '1,"x"\n'],
  ['CSVWithNames', '"a","b"\n'],
  ['TabSeparated', '1\tx\n'],
  ['TSVWithNamesAndTypes', 'a\tb\nUInt8\tString\n'],
  ['TSVRaw', '1\tx\n'],
  ['Values', "(1,'x')"],
  ['Vertical', 'Row 1:'],
  ['Pretty', /a/],
  ['PrettyCompactNoEscapes', /┌/],
  ['Markdown', '| a | b |'],
  ['XML', '<?xml'],
  ['Native', /a/],
  ['RowBinaryWithNamesAndTypes', /a/],
  ['Parquet', 'PAR1'],
  ['Arrow', 'ARROW1'],
  ['ArrowStream', /a/],
  ['ORC', 'ORC'],
  ['Avro', 'Obj'],
  ['MsgPack', /x/],
  ['Null', ''],
];
