import { durationMs, type PipelineRule, type Watch } from '../../../schemas/alerting.ts';
import {
  deadLetterRatesSql,
  gateHoursSql,
  lastHeardSql,
  samplesSql,
  scoreHoursSql,
  silencesOfSourcesSql,
  type GateRow,
  type HeardRow,
  type SampleRow,
  type ScoresRow,
  type StretchRow,
} from '../../store/queries/alert-events.ts';
import type { RuleDeps } from './deps.ts';
import {
  grouped,
  isCut,
  mostThings,
  noSubject,
  preparedWhole,
  within,
  type Group,
  type Loaded,
  type Measured,
  type Prepared,
} from './group.ts';

const minute = 60_000;
/** The reference for drift is this many look-backs before the one that is judged. */
const referenceSpans = 4;
/** Fewer sampled posts, found effects or scores say nothing. */
const fewest = { sampled: 50, found: 20, scores: 200 };

type Values = Pick<Measured, 'statistic' | 'value' | 'summary'> & {
  readonly source?: string;
  readonly items?: string[];
};

const whole = (groups: ReadonlyMap<string, Group>): Loaded => ({ groups, incomplete: false });

const measured = (values: Values, from: number, to: number): Measured => ({
  subject: { ...noSubject, source: values.source ?? '' },
  people: 0,
  posts: 0,
  from,
  to,
  examples: [],
  items: values.items ?? [],
  statistic: values.statistic,
  value: values.value,
  summary: values.summary,
});

/**
 * How far two spreads over the same steps lie apart: sum of (a - b) ln(a / b) over shares, half a count added to
 * each so that an empty step is not infinite. Above 0.2 is commonly called a shift.
 */
export function stabilityIndex(a: readonly number[], b: readonly number[]): number {
  const share = (counts: readonly number[]) => {
    const total = counts.reduce((sum, count) => sum + count + 0.5, 0);
    return counts.map((count) => (count + 0.5) / total);
  };
  const [left, right] = [share(a), share(b)];
  return left.reduce((sum, p, step) => sum + (p - (right[step] ?? p)) * Math.log(p / (right[step] ?? p)), 0);
}

/**
 * Share of the effects that the gate let through: the effects in the random slice of what it refused stand for
 * all that it refused. Undefined where there is too little to say.
 */
export function gateRecall(rows: readonly Pick<GateRow, 'found' | 'refused' | 'sampled' | 'missed'>[]) {
  const sum = (key: 'found' | 'refused' | 'sampled' | 'missed') =>
    rows.reduce((all, row) => all + row[key], 0);
  const [found, sampled] = [sum('found'), sum('sampled')];
  if (sampled < fewest.sampled || found < fewest.found) return undefined;
  const missed = (sum('missed') * (sum('refused') + sampled)) / sampled;
  return { recall: found / (found + missed), sampled };
}

/** Rules on the stream itself: one evaluator for each thing that is watched. */
export function preparePipeline(rule: PipelineRule, deps: RuleDeps): Prepared {
  const lookBack = durationMs(rule.lookBack);
  const { sources, limit } = rule;
  const params = (from: number, to: number) => ({ from, to, sources, limit: mostThings });

  async function silences(from: number, to: number): Promise<Loaded> {
    const silent = limit * minute;
    const wanted = sources.length > 0 ? sources : deps.sources;
    if (wanted.length === 0) return whole(new Map());
    const rows = await deps.database.query<StretchRow>(silencesOfSourcesSql, {
      params: { from, to, sources: wanted, silent },
    });
    const things = rows.map((row) => ({ ...row, at: row.last + silent, heard: row.last }));
    if (deps.startedAt !== undefined) {
      const since = Math.max(from, deps.startedAt);
      for (const [source, heard] of await lastHeard(wanted)) {
        if (heard < from) things.push({ source, last: since, next: 0, at: since + silent, heard });
      }
    }
    const groups = grouped(
      things,
      ({ source }) => source,
      (list, times, now) => {
        const silence = within(list, times, now - lookBack, now).at(-1);
        if (!silence || (silence.next !== 0 && silence.next <= now)) return undefined;
        const { source, last, heard } = silence;
        const minutes = Math.floor((now - last) / minute);
        const summary = `no post from ${source} for ${minutes} minutes`;
        // Named after the last post there ever was, so that it is the same silence after a start, and another later.
        const items = [`${source} ${heard}`];
        return measured({ statistic: 'minutes', value: minutes, summary, source, items }, last, now);
      },
    );
    return whole(groups);
  }

  /** When each source last delivered a post (ms), 0 where it never did. */
  async function lastHeard(names: readonly string[]): Promise<Map<string, number>> {
    const rows = await deps.database.query<HeardRow>(lastHeardSql, { params: { sources: names } });
    const times = new Map(rows.map(({ source, last }) => [source, last]));
    return new Map(names.map((source) => [source, times.get(source) ?? 0]));
  }

  async function samples(from: number, to: number): Promise<Loaded> {
    const rows = await deps.database.query<SampleRow>(samplesSql, {
      params: { from, to, metric: 'lag', least: limit, limit: mostThings },
    });
    const groups = grouped(
      rows,
      ({ name }) => name,
      (list, times, now) => {
        const newest = within(list, times, now - lookBack, now).at(-1);
        if (!newest || newest.value < limit) return undefined;
        const summary = `${newest.name} is ${newest.value} records behind`;
        return measured({ statistic: 'records', value: newest.value, summary }, newest.at, now);
      },
    );
    return { groups, incomplete: isCut(rows) };
  }

  async function deadLetters(from: number, to: number): Promise<Loaded> {
    const rows = await deps.database.query<SampleRow>(deadLetterRatesSql, { params: params(from, to) });
    const groups = grouped(
      rows,
      ({ name }) => name,
      (list, times, now) => {
        const seen = within(list, times, now - lookBack, now);
        const total = seen.reduce((sum, { value }) => sum + value, 0);
        const source = seen[0]?.name;
        if (source === undefined || total < limit) return undefined;
        const summary = `${total} records of ${source} could not be used within ${rule.lookBack}`;
        return measured({ statistic: 'records', value: total, summary, source }, now - lookBack, now);
      },
    );
    return { groups, incomplete: isCut(rows) };
  }

  async function gate(from: number, to: number): Promise<Loaded> {
    const rows = await deps.database.query<GateRow>(gateHoursSql, { params: params(from, to) });
    const groups = grouped(
      rows,
      () => 'gate',
      (list, times, now) => {
        const state = gateRecall(within(list, times, now - lookBack, now));
        if (!state || state.recall >= limit) return undefined;
        const percent = (state.recall * 100).toFixed(1);
        const summary = `the gate lets about ${percent} % of the effects through, by ${state.sampled} refused posts that were analysed all the same`;
        return measured({ statistic: 'recall', value: state.recall, summary }, now - lookBack, now);
      },
    );
    return whole(groups);
  }

  async function drift(from: number, to: number): Promise<Loaded> {
    const rows = await deps.database.query<ScoresRow>(scoreHoursSql, { params: params(from, to) });
    const spread = (list: readonly ScoresRow[]) =>
      list.reduce<number[]>(
        (sum, { counts }) => sum.map((n, step) => n + (counts[step] ?? 0)),
        Array(10).fill(0),
      );
    const total = (counts: readonly number[]) => counts.reduce((sum, n) => sum + n, 0);
    const groups = grouped(
      rows,
      () => 'scores',
      (list, times, now) => {
        const recent = spread(within(list, times, now - lookBack, now));
        const before = spread(within(list, times, now - lookBack * (referenceSpans + 1), now - lookBack - 1));
        if (total(recent) < fewest.scores || total(before) < fewest.scores) return undefined;
        const index = stabilityIndex(recent, before);
        if (index <= limit) return undefined;
        const summary = `the model's probabilities of an adverse effect have shifted: stability index ${index.toFixed(2)} between the last ${rule.lookBack} and what came before`;
        return measured({ statistic: 'psi', value: index, summary }, now - lookBack, now);
      },
    );
    return whole(groups);
  }

  const loaders: Record<Watch, Prepared['load']> = {
    'source-silent': silences,
    lag: samples,
    'dead-letters': deadLetters,
    'gate-recall': gate,
    drift,
  };
  const spans = rule.watch === 'drift' ? referenceSpans + 1 : rule.watch === 'source-silent' ? 2 : 1;
  return preparedWhole(lookBack * spans, loaders[rule.watch]);
}
