import { durationMs, type SignalRule, type SignalStatistic } from '../../../schemas/alerting.ts';
import { evidenceSchema, type Evidence } from '../../../schemas/signal.ts';
import { pairPeopleSql, signalEvidenceSql, type SignalEventRow } from '../../store/queries/alert-events.ts';
import type { Scope } from '../names.ts';
import type { RuleDeps } from './deps.ts';
import {
  grouped,
  mostThings,
  peopleText,
  preparedWhole,
  within,
  type Measured,
  type Prepared,
} from './group.ts';

type Thing = Omit<SignalEventRow, 'evidence'> & {
  readonly evidence: Evidence;
  readonly people: number;
  readonly posts: number;
};

/** Counting anew by source or language asks the database once for each signal; more than these are left out. */
const mostRecounts = 300;

function evidenceOf(row: SignalEventRow): Evidence | undefined {
  try {
    const parsed = evidenceSchema.safeParse(JSON.parse(row.evidence));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The statistic that a rule asks for; null where the pair has none. */
function statisticOf(evidence: Evidence, name: SignalStatistic, bound: 'value' | 'lower'): number | null {
  switch (name) {
    case 'chi-square':
      return evidence.prr.chiSquare;
    case 'change-q':
      return evidence.change.q;
    case 'prr':
    case 'ror':
    case 'ic':
    case 'ebgm':
      return evidence[name][bound];
    default:
      return name satisfies never;
  }
}

/** Presets carry their version, as in `ema@1`; a rule may name one with or without it. */
const hasPreset = (fired: readonly string[], wanted: string): boolean =>
  fired.some((preset) => preset === wanted || preset.split('@')[0] === wanted);

function reaches(rule: SignalRule, evidence: Evidence): boolean {
  if (rule.preset !== null && !hasPreset([...evidence.presets, ...evidence.detectors], rule.preset))
    return false;
  if (rule.statistic === null) return true;
  const value = statisticOf(evidence, rule.statistic, rule.bound);
  if (value === null) return false;
  return rule.statistic === 'change-q' ? value <= rule.atLeast : value >= rule.atLeast;
}

function inScope(row: SignalEventRow, { products, terms, classes }: Scope): boolean {
  if (products.length > 0 && !products.includes(row.productId)) return false;
  if (terms.length === 0 && classes.length === 0) return true;
  return terms.includes(row.conceptId) || classes.includes(row.classId) || classes.includes(row.conceptId);
}

/** Signals by what one alert stands for; told of once each, however often their evidence grows. */
export function prepareSignal(rule: SignalRule, scope: Scope, { database }: RuleDeps): Prepared {
  const lookBack = durationMs(rule.lookBack);
  const isNarrow = scope.sources.length > 0 || scope.languages.length > 0;

  async function countIn(
    row: SignalEventRow,
    evidence: Evidence,
  ): Promise<{ people: number; posts: number }> {
    const params = {
      product: row.productId,
      concept: row.conceptId,
      from: Date.parse(evidence.from),
      to: Math.min(row.at, Date.parse(evidence.to) + 86_399_999),
      sources: scope.sources,
      languages: scope.languages,
    };
    const [counted] = await database.query<{ people: number; posts: number }>(pairPeopleSql, { params });
    return counted ?? { people: 0, posts: 0 };
  }

  const keyOf = ({ productId, conceptId, level }: Thing): string => {
    const keys = {
      pair: `${productId} ${level} ${conceptId}`,
      product: productId,
      term: conceptId,
      rule: '',
    };
    return keys[rule.groupBy];
  };

  function measure(things: readonly Thing[], times: readonly number[], now: number): Measured | undefined {
    const seen = within(things, times, now - lookBack, now);
    const newest = new Map(seen.map((thing) => [thing.signalId, thing]));
    const top = [...newest.values()].sort((a, b) => b.people - a.people)[0];
    if (!top) return undefined;
    const { evidence } = top;
    const others = newest.size - 1;
    const name = rule.statistic ?? 'ror';
    const statistic = statisticOf(evidence, name, 'value') ?? 0;
    const lower = name === 'chi-square' || name === 'change-q' ? null : evidence[name].lower;
    const interval = lower === null ? '' : ` (from ${lower.toFixed(2)})`;
    return {
      subject: { ...top, source: '', class: top.class },
      people: top.people,
      posts: top.posts,
      statistic: name,
      value: statistic,
      from: Date.parse(evidence.from),
      to: Date.parse(evidence.to) + 86_399_999,
      examples: evidence.examples,
      items: [...newest.keys()],
      summary:
        `${top.concept} after ${top.product}: ${peopleText(top.people)}, ` +
        `${evidence.recent} in the last seven days after ${evidence.baseline} in the seven before; ` +
        `${name} ${statistic.toFixed(2)}${interval}` +
        (others > 0 ? `; and ${others} more signals` : ''),
    };
  }

  return preparedWhole(lookBack, async (from, to) => {
    const params = { from, to, limit: mostThings };
    const rows = await database.query<SignalEventRow>(signalEvidenceSql, { params });
    const things: Thing[] = [];
    let recounts = 0;
    for (const row of rows) {
      const evidence = evidenceOf(row);
      if (!evidence || !inScope(row, scope) || !reaches(rule, evidence)) continue;
      if (isNarrow && ++recounts > mostRecounts) break;
      const counted = isNarrow ? await countIn(row, evidence) : { people: evidence.n11, posts: 0 };
      if (counted.people >= rule.minPeople) things.push({ ...row, evidence, ...counted });
    }
    const incomplete = rows.length === mostThings || recounts > mostRecounts;
    return { groups: grouped(things, keyOf, measure), incomplete };
  });
}
