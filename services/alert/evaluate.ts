import { durationMs, type Rule } from '../../schemas/alerting.ts';
import { firstAt, type Group, type Measured, type Told } from './rules/group.ts';

/** A group of which it is time to tell; `fresh` are the items that nobody was told of yet. */
export type Firing = {
  readonly group: string;
  readonly at: number;
  readonly measured: Measured;
  readonly fresh: readonly string[];
};

/** Whether a group is to be told of now: the rule's limit is reached, its cool-down is over, something is new. */
export function fire(rule: Rule, key: string, group: Group, told: Told, now: number): Firing | undefined {
  const last = told.lastAt(key);
  if (last !== undefined && now - last < durationMs(rule.coolDown)) return undefined;
  const isTold = (item: string): boolean => told.has(key, item);
  const measured = group.measure(now, isTold);
  if (!measured) return undefined;
  const fresh = measured.items.filter((item) => !isTold(item));
  if (measured.items.length > 0 && fresh.length === 0) return undefined;
  return { group: key, at: now, measured, fresh };
}

/** A memory of what was told, that can be added to. */
export function createTold() {
  const groups = new Map<string, { last: number; items: Set<string> }>();
  return {
    lastAt: (group: string) => groups.get(group)?.last,
    has: (group: string, item: string) => groups.get(group)?.items.has(item) ?? false,
    add(group: string, at: number, items: readonly string[]): void {
      const known = groups.get(group);
      if (!known) groups.set(group, { last: at, items: new Set(items) });
      else {
        known.last = Math.max(known.last, at);
        for (const item of items) known.items.add(item);
      }
    },
  };
}

/**
 * When a rule would have fired between two times, had it been evaluated every `stepMs`, without ever looking
 * ahead. Only those steps are taken at which something can have changed: after something happened, and when a
 * cool-down ends.
 */
export function sweep(
  rule: Rule,
  groups: ReadonlyMap<string, Group>,
  from: number,
  to: number,
  stepMs: number,
): Firing[] {
  const coolDown = durationMs(rule.coolDown);
  const stepAfter = (time: number): number => from + Math.ceil((time - from) / stepMs) * stepMs;
  const firings: Firing[] = [];
  for (const [key, group] of groups) {
    const told = createTold();
    let now = stepAfter(Math.max(from, group.times[0] ?? to + 1));
    while (now <= to) {
      const firing = fire(rule, key, group, told, now);
      if (firing) {
        firings.push(firing);
        told.add(key, now, firing.fresh);
      }
      const happens = group.times[firstAt(group.times, now + 1)];
      const next = happens === undefined ? Infinity : stepAfter(happens);
      const rested = firing ? stepAfter(now + coolDown) : Infinity;
      // While a group rests nothing can fire, whatever happens.
      now = firing ? rested : next;
    }
  }
  return firings.sort((a, b) => a.at - b.at);
}
