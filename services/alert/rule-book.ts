import { ruleSchema, type Rule, type StoredRule } from '../../schemas/alerting.ts';
import { nearest } from '../shared/settings/walk.ts';
import type { Database } from '../store/database.ts';
import { savedRulesSql, type RuleRow } from '../store/queries/alerts.ts';
import type { AlertConfig } from './config.ts';
import type { Names } from './names.ts';

export type Checked =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problem: string };

/** Says in one line what is wrong with a rule: the key, and what is allowed there. */
function explain(value: unknown): Checked {
  const parsed = ruleSchema.safeParse(value);
  if (parsed.success) return { ok: true, rule: parsed.data };
  const issue = parsed.error.issues[0];
  const id = (value as { id?: unknown } | null)?.id;
  const name = typeof id === 'string' && /^[a-z0-9-]{1,48}$/.test(id) ? `rule ${id}` : 'the rule';
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    return { ok: false, problem: `${name}: unknown key ${issue.keys.join(', ').slice(0, 100)}` };
  }
  const what = (issue?.message ?? 'is not valid').replace(/^Invalid (input|option): /, '');
  return { ok: false, problem: `${name}: ${path ? `${path}: ` : ''}${what}` };
}

function unknownName(what: string, wanted: readonly string[], known: readonly string[]): string | undefined {
  const missing = wanted.find((name) => !known.includes(name));
  if (missing === undefined) return undefined;
  const near = nearest(missing, known);
  const others = known.length > 0 ? `known: ${known.join(', ')}` : 'none is configured';
  return `unknown ${what} "${missing}"; ${near ? `did you mean ${near}?` : others}`;
}

/**
 * Checks a rule from outside: its shape, and that every product, reaction, class, channel and calendar in it is
 * known. The problem is one line that may be shown to whoever wrote the rule.
 */
export function checkRule(value: unknown, config: AlertConfig, names: Names): Checked {
  const checked = explain(value);
  if (!checked.ok) return checked;
  const { rule } = checked;
  const resolved = names.resolve(rule);
  if (!resolved.ok) return resolved;
  const calendars = config.calendars.map(({ name }) => name);
  const problem =
    unknownName(
      'channel',
      rule.channels,
      config.channels.map(({ name }) => name),
    ) ?? unknownName('calendar', rule.quietHours === null ? [] : [rule.quietHours], calendars);
  return problem === undefined ? checked : { ok: false, problem: `rule ${rule.id}: ${problem}` };
}

/** A rule as it was saved; undefined where this version cannot read it. */
export function readRule(text: string): Rule | undefined {
  try {
    const parsed = ruleSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export type InForce = {
  readonly rules: StoredRule[];
  /** Ids of rules that were saved in a way that this version cannot read. */
  readonly unreadable: readonly string[];
};

/**
 * The rules in force: those of the configuration, with what was saved or deleted in the console on top. Of one that
 * was saved but cannot be read, the configuration's rule of the same id stays in force.
 * @throws VigilError of the database.
 */
export async function rulesInForce(config: AlertConfig, database: Pick<Database, 'query'>): Promise<InForce> {
  const rows = await database.query<RuleRow>(savedRulesSql);
  const unreadable: string[] = [];
  const saved = rows.flatMap(({ id, rule: text, deleted, version, person, at }): StoredRule[] => {
    if (deleted) return [];
    const rule = readRule(text);
    if (!rule) unreadable.push(id);
    return rule ? [{ rule, version, person, at }] : [];
  });
  const replaced = new Set(rows.map(({ id }) => id).filter((id) => !unreadable.includes(id)));
  const own = config.rules.filter(({ id }) => !replaced.has(id));
  return {
    rules: [...own.map((rule) => ({ rule, version: 0, person: 'configuration', at: 0 })), ...saved],
    unreadable,
  };
}
