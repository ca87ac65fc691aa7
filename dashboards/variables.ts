/** Grafana's value for "all of them". */
export const all = '$__all';

/**
 * - `query`: the values come from the store, as far as they occur in the chosen time. `named` queries return one column of the form `name [id]`: the
 *   name is shown and the id is the value. (The plugin's variables have one column only.)
 * - `choice`: a fixed list
 * - `constant`: set once, by whoever installs the dashboards
 */
export type Variable = {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** Value before anybody has chosen; empty takes the first one of a query. */
  readonly initial: string;
} & (
  | { readonly kind: 'query'; readonly sql: string; readonly named: boolean }
  | {
      readonly kind: 'choice';
      readonly choices: readonly { readonly value: string; readonly text: string }[];
    }
  | { readonly kind: 'constant' }
);

export const variables: readonly Variable[] = [
  {
    name: 'product',
    label: 'Product',
    description: 'Drug or vaccine; the ones that most people speak of come first',
    kind: 'query',
    named: true,
    initial: all,
    sql: `
SELECT concat(any(product), ' [', product_id, ']') AS value
FROM vigilstream.mentions
WHERE run = 'live' AND $__dateFilter(day) AND role = 'effect'
GROUP BY product_id
ORDER BY uniq(author) DESC, product_id
LIMIT 3000`,
  },
  {
    name: 'level',
    label: 'Term level',
    description:
      'How reactions are grouped: by preferred term or by a level above it, as the terminology has them',
    kind: 'query',
    named: true,
    initial: 'term',
    sql: `
SELECT concat(transform(level, ['term', 'hlt', 'hlgt', 'class'], ['Preferred term', 'High level term', 'High level group term', 'Organ class'], level), ' [', level, ']') AS value
FROM (SELECT level FROM vigilstream.pair_scores_latest WHERE run = 'live' GROUP BY level UNION DISTINCT SELECT arrayJoin(['term', 'class']) AS level)
ORDER BY indexOf(['term', 'hlt', 'hlgt', 'class'], level)`,
  },
  {
    name: 'term',
    label: 'Reaction',
    description: 'Reaction at the chosen level; the ones that most people tell of come first',
    kind: 'query',
    named: true,
    initial: all,
    sql: `
SELECT concat(any(concept), ' [', concept_id, ']') AS value
FROM vigilstream.pair_scores_latest
WHERE run = 'live' AND level = \${level:sqlstring} AND concept_id != ''
GROUP BY concept_id
ORDER BY sum(n11) DESC, concept_id
LIMIT 3000`,
  },
  {
    name: 'source',
    label: 'Source',
    description: 'Where posts come from, by the names of the settings',
    kind: 'query',
    named: false,
    initial: all,
    sql: `SELECT source FROM vigilstream.posts_hourly WHERE $__timeFilter(hour) GROUP BY source ORDER BY source`,
  },
  {
    name: 'lang',
    label: 'Language',
    description: 'Language of the post',
    kind: 'query',
    named: false,
    initial: all,
    sql: `SELECT lang FROM vigilstream.posts_hourly WHERE $__timeFilter(hour) GROUP BY lang ORDER BY sum(posts) DESC, lang LIMIT 200`,
  },
  {
    name: 'model',
    label: 'Model',
    description: 'All: for each post the answer of the newest model that has read it',
    kind: 'query',
    named: false,
    initial: all,
    sql: `SELECT model FROM vigilstream.posts_hourly WHERE run = 'live' AND $__timeFilter(hour) GROUP BY model HAVING sum(analysed) > 0 ORDER BY max(hour) DESC, model`,
  },
  {
    name: 'duplicates',
    label: 'Copies',
    description:
      'Without: of each text only the earliest post counts, and automated accounts and advertising are left out',
    kind: 'choice',
    initial: 'without',
    choices: [
      { value: 'without', text: 'Without copies, bots and adverts' },
      { value: 'with', text: 'With all of them' },
    ],
  },
  {
    name: 'console',
    label: 'Address of the console',
    description: 'Where links into the console lead',
    kind: 'constant',
    initial: 'http://localhost:8080',
  },
];

const byName = new Map(variables.map((variable) => [variable.name, variable]));

/** @throws RangeError when there is no such variable. */
export function variableNamed(name: string): Variable {
  const found = byName.get(name);
  if (!found) throw new RangeError(`there is no variable ${/^\w{1,40}$/.test(name) ? name : '(unknown)'}`);
  return found;
}
