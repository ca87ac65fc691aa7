import type { QueryOptions } from '../database.ts';

type Params = NonNullable<QueryOptions['params']>;

/** A text with the values that its `{name:Type}` places take. */
export type Question = { readonly sql: string; readonly params: Params };

/** What a mention counts as. */
export type MentionRole = 'effect' | 'uncertain' | 'negated' | 'other-person' | 'indication';

/** Which mentions are counted. Days are `YYYY-MM-DD` in UTC, both included. */
export type CountFilter = {
  readonly from: string;
  readonly to: string;
  /** `live` when not given, or the id of a replay. */
  readonly run?: string;
  /** A model's own answers, newer models or not; the newest answer to each post when not given. */
  readonly model?: string;
  /** `effect` when not given. */
  readonly role?: MentionRole;
  readonly sources?: readonly string[];
  readonly langs?: readonly string[];
  readonly countries?: readonly string[];
  /** Only these products count, also in the margins of a table: the comparator. */
  readonly products?: readonly string[];
  /** Also copies of a text, automated accounts and suspected advertising. */
  readonly withDuplicates?: boolean;
};

/** `term` and `class`, and the levels between them that the loaded terminology has. */
export type Level = string;

/** A product, a reaction at some level, both, or neither for everything. */
export type Target = { readonly productId?: string; readonly reactionId?: string; readonly level?: Level };

const db = 'vigilstream';

const lists = [
  ['sources', 'source'],
  ['langs', 'lang'],
  ['countries', 'country'],
  ['products', 'product_id'],
] as const;

/** Answers that are copies of a text whose first one stands, with the role they are copies in. */
export const standingCopies = (): string =>
  `${db}.copies WHERE first GLOBAL NOT IN (SELECT answer FROM ${db}.superseded)`;

/**
 * Leaves of each text its earliest post. For the newest answers the refresh has looked for copies; for a model's
 * own ones it is done here, for the texts of the selection that `where` says.
 */
function originals({ model }: CountFilter, where: readonly string[]): string {
  if (model === undefined) {
    return `answer GLOBAL NOT IN (SELECT answer FROM ${standingCopies()} AND role = {role:String})`;
  }
  return `(text_cluster, post_hash) GLOBAL IN (
      SELECT text_cluster, argMin(post_hash, (created_at, post_hash)) FROM ${db}.mentions_standing
      WHERE run = {run:String} AND model = {model:String} AND role = {role:String} AND NOT automated AND NOT advert
        AND text_cluster GLOBAL IN (SELECT text_cluster FROM ${db}.mentions WHERE ${where.join(' AND ')})
      GROUP BY text_cluster)`;
}

/** The day range and the lists of a filter, without role and duplicates. */
function basics(filter: CountFilter): {
  where: string[];
  params: Record<string, string | readonly string[]>;
} {
  const { from, to, run = 'live', model } = filter;
  const params: Record<string, string | readonly string[]> = { from, to, run };
  const where = ['run = {run:String}', 'day BETWEEN {from:Date} AND {to:Date}'];
  if (model !== undefined) {
    params['model'] = model;
    where.push('model = {model:String}');
  }
  for (const [name, column] of lists) {
    const values = filter[name];
    if (values === undefined || values.length === 0) continue;
    params[name] = values;
    where.push(`${column} IN {${name}:Array(String)}`);
  }
  return { where, params };
}

/** A table expression in brackets over the mentions that stand and fulfil the conditions. */
function select(filter: CountFilter, columns: string, where: readonly string[]): string {
  const view = filter.model === undefined ? 'mentions_current' : 'mentions_standing';
  return `(\n  SELECT ${columns}\n  FROM ${db}.${view}\n  WHERE ${where.join('\n    AND ')}\n)`;
}

/** The mentions that a filter counts, as a table expression in brackets; `and` are further conditions. */
export function mentionsOf(filter: CountFilter, and: readonly string[], columns: string): Question {
  const { where, params } = basics(filter);
  where.push('role = {role:String}', ...and);
  if (filter.withDuplicates !== true) {
    where.push('NOT automated', 'NOT advert', originals(filter, where));
  }
  return { sql: select(filter, columns, where), params: { ...params, role: filter.role ?? 'effect' } };
}

/** The mentions of all roles, copies, automated accounts and advertising among them. */
export function everyMentionOf(filter: CountFilter, and: readonly string[], columns: string): Question {
  const { where, params } = basics(filter);
  return { sql: select(filter, columns, [...where, ...and]), params };
}

/** Each concept's group at a level between term and class. */
const groups = `(
  SELECT concept_id, argMax(group_id, at) AS group_id, argMax(group_name, at) AS group_name
  FROM ${db}.term_levels WHERE level = {level:String} GROUP BY concept_id
)`;

/** Groups of some terms at a level between term and class. Rows: `conceptId`, `groupId`. */
export function groupsOf(level: Level, terms: readonly string[]): Question {
  return {
    sql: `SELECT concept_id AS conceptId, group_id AS groupId FROM ${groups} WHERE conceptId IN {terms:Array(String)}`,
    params: { level, terms },
  };
}

export type Reaction = {
  readonly id: string;
  readonly name: string;
  readonly join: string;
  readonly params: Params;
};

/** How a reaction is called at a level, in rows `m` of mentions. */
export function reactionAt(level: Level): Reaction {
  if (level === 'term') return { id: 'm.concept_id', name: 'm.concept', join: '', params: {} };
  if (level === 'class') return { id: 'm.class_id', name: 'm.class', join: '', params: {} };
  const join = `GLOBAL INNER JOIN ${groups} AS g ON m.concept_id = g.concept_id`;
  return { id: 'g.group_id', name: 'g.group_name', join, params: { level } };
}

export type Conditions = {
  readonly product: string | undefined;
  readonly reaction: string | undefined;
  readonly params: Params;
};

/** Conditions on mentions that pick a target: `{product:String}`, `{reaction:String}`, `{level:String}`. */
export function conditionsOf({ productId, reactionId, level = 'term' }: Target): Conditions {
  const params: Record<string, string> = {};
  if (productId !== undefined) params['product'] = productId;
  const product = productId === undefined ? undefined : 'product_id = {product:String}';
  if (reactionId === undefined) return { product, reaction: undefined, params };
  params['reaction'] = reactionId;
  if (level === 'term') return { product, reaction: 'concept_id = {reaction:String}', params };
  if (level === 'class') return { product, reaction: 'class_id = {reaction:String}', params };
  params['level'] = level;
  const members = `SELECT concept_id FROM ${groups} WHERE group_id = {reaction:String}`;
  return { product, reaction: `concept_id GLOBAL IN (${members})`, params };
}
