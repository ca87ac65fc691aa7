import type { DryRun, Rule } from '../../schemas/alerting.ts';
import { createCalendar } from './calendar.ts';
import type { AlertConfig } from './config.ts';
import { sweep } from './evaluate.ts';
import type { Names } from './names.ts';
import type { RuleDeps } from './rules/deps.ts';
import { prepareRule } from './rules/index.ts';

const week = 604_800_000;
const shown = 20;

/**
 * How often a rule would have fired from `from` to `to` (ms), had it been looked at as often as it is looked at
 * now, and without ever looking ahead of the time at which it was. Nothing is stored or sent.
 * @throws VigilError of the database; RangeError with one line for a rule that names something unknown.
 */
export async function dryRunRule(
  rule: Rule,
  from: number,
  to: number,
  config: AlertConfig,
  names: Names,
  deps: RuleDeps,
): Promise<DryRun> {
  const resolved = names.resolve(rule);
  if (!resolved.ok) throw new RangeError(resolved.problem);
  const prepared = prepareRule(rule, resolved.scope, deps);
  const { groups, incomplete } = await prepared.load(Math.max(0, from - prepared.reachMs), to);
  const firings = sweep(rule, groups, from, to, Math.round(config.everySeconds * 1000));
  const calendar = config.calendars.find(({ name }) => name === rule.quietHours);
  const hours = calendar && createCalendar(calendar);
  return {
    rule: rule.id,
    from,
    to,
    alerts: firings.length,
    perWeek: firings.length / Math.max((to - from) / week, 1 / 7),
    held: hours ? firings.filter(({ at }) => hours.sendAt(at, rule.severity) > at).length : 0,
    incomplete,
    first: firings
      .slice(-shown)
      .toReversed()
      .map(({ at, measured: { summary, people, posts, value } }) => ({ at, summary, people, posts, value })),
  };
}
