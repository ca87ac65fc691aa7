import { ruleSchema, type Rule } from '../../schemas/alerting.ts';

/** On from the first start: what nobody would want to miss. */
export const defaultRules: Rule[] = [
  {
    kind: 'signal' as const,
    id: 'new-signal',
    title: 'A signal was detected',
    severity: 'warning' as const,
    lookBack: '2d',
    coolDown: '1d',
    minPeople: 3,
  },
  {
    kind: 'post' as const,
    id: 'death-reported',
    title: 'A post tells of a death',
    of: 'death' as const,
    severity: 'critical' as const,
    minProbability: 0.5,
    lookBack: '1d',
    coolDown: '12h',
  },
  {
    kind: 'pipeline' as const,
    id: 'source-silent',
    title: 'A source is silent',
    watch: 'source-silent' as const,
    limit: 60,
    severity: 'warning' as const,
    lookBack: '1d',
    coolDown: '12h',
  },
].map((rule) => ruleSchema.parse(rule));
