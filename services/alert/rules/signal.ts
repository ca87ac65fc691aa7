import { durationMs, type SignalRule, type SignalStatistic } from '../../../schemas/alerting.ts';
import { evidenceSchema, type Evidence } from '../../../schemas/signal.ts';
import { pairPeopleSql, signalEvidenceSql, type SignalEventRow } from '../../store/queries/alert-events.ts';
import type { Scope } from '../names.ts';
import type { RuleDeps } from './deps.ts';
import {
  grouped,
  isCut,
  mostThings,
  peopleText,
  preparedWhole,
  within,
  type IsTold,
  type Loaded,
  type Measured,
  type Prepared,
  type Told,
} from './group.ts';

const hour = 3_600_000;
type Counted = { readonly people: number; readonly posts: number };
type Thing = Omit<SignalEventRow, 'evidence'> & Counted & { readonly evidence: Evidence };

/** Counting anew by source or language asks the database once for each evidence: at most so often in one look. */
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
  /** What was counted anew and when, by evidence; after an hour once more, since posts come in late or are deleted. */
  const recounted = new Map<string, Counted & { readonly at: number }>();
  const nameOf = ({ signalId, at }: SignalEventRow): string => `${signalId} ${at}`;

  async function countIn(row: SignalEventRow, evidence: Evidence): Promise<Counted> {
    const params = {
      product: row.productId,
      concept: row.conceptId,
      from: Date.parse(evidence.from),
      to: Math.min(row.at, Date.parse(evidence.to) + 86_399_999),
      sources: scope.sources,
      languages: scope.languages,
    };
    const [counted] = await database.query<Counted>(pairPeopleSql, { params });
    return counted ?? { people: 0, posts: 0 };
  }

  const keyOf = ({ productId, conceptId, level }: Omit<SignalEventRow, 'evidence'>): string => {
    const keys = {
      pair: `${productId} ${level} ${conceptId}`,
      product: productId,
      term: conceptId,
      rule: '',
    };
    return keys[rule.groupBy];
  };

  /** About the newest signal that nobody was told of; of those that came at once, the one with most people. */
  function measure(
    things: readonly Thing[],
    times: readonly number[],
    now: number,
    isTold: IsTold,
  ): Measured | undefined {
    const seen = within(things, times, now - lookBack, now).filter(({ signalId }) => !isTold(signalId));
    const bySignal = Map.groupBy(seen, ({ signalId }) => signalId);
    const signals = [...bySignal.values()].flatMap((list) => {
      const newest = list.at(-1);
      return newest ? [{ newest, began: list[0]?.at ?? newest.at }] : [];
    });
    signals.sort((a, b) => b.began - a.began || b.newest.people - a.newest.people);
    const top = signals[0]?.newest;
    if (!top) return undefined;
    const { evidence } = top;
    const others = signals.length - 1;
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
      items: [...bySignal.keys()],
      summary:
        `${top.concept} after ${top.product}: ${peopleText(top.people)}, ` +
        `${evidence.recent} in the last seven days after ${evidence.baseline} in the seven before; ` +
        `${name} ${statistic.toFixed(2)}${interval}` +
        (others > 0 ? `; and ${others} more ${others === 1 ? 'signal' : 'signals'}` : ''),
    };
  }

  async function load(from: number, to: number, told?: Told): Promise<Loaded> {
    const params = { from, to, limit: mostThings };
    const rows = await database.query<SignalEventRow>(signalEvidenceSql, { params });
    const things: Thing[] = [];
    const names = new Set(rows.map(nameOf));
    for (const name of recounted.keys()) if (!names.has(name)) recounted.delete(name);
    let recounts = 0;
    let isLeftOut = false;
    // Newest first: what is new is counted before what has been there for long.
    for (const row of rows.toReversed()) {
      if (told?.has(keyOf(row), row.signalId)) continue;
      const evidence = evidenceOf(row);
      if (!evidence || !inScope(row, scope) || !reaches(rule, evidence)) continue;
      if (isNarrow && to - (recounted.get(nameOf(row))?.at ?? -Infinity) >= hour && recounts < mostRecounts) {
        recounts++;
        recounted.set(nameOf(row), { ...(await countIn(row, evidence)), at: to });
      }
      const counted = isNarrow ? recounted.get(nameOf(row)) : { people: evidence.n11, posts: 0 };
      if (!counted) isLeftOut = true;
      else if (counted.people >= rule.minPeople) {
        const { people, posts } = counted;
        things.push({ ...row, evidence, people, posts });
      }
    }
    return { groups: grouped(things, keyOf, measure), incomplete: isCut(rows) || isLeftOut };
  }

  return preparedWhole(lookBack, load);
}
