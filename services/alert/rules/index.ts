import type { Rule } from '../../../schemas/alerting.ts';
import type { Scope } from '../names.ts';
import type { RuleDeps } from './deps.ts';
import type { Prepared } from './group.ts';
import { preparePipeline } from './pipeline.ts';
import { preparePost } from './post.ts';
import { prepareSerious } from './serious.ts';
import { prepareSignal } from './signal.ts';

/** A rule with the names in it resolved, ready to be evaluated. */
export function prepareRule(rule: Rule, scope: Scope, deps: RuleDeps): Prepared {
  switch (rule.kind) {
    case 'signal':
      return prepareSignal(rule, scope, deps);
    case 'serious':
      return prepareSerious(rule, scope, deps);
    case 'post':
      return preparePost(rule, scope, deps);
    case 'pipeline':
      return preparePipeline(rule, deps);
    default:
      return rule satisfies never;
  }
}
