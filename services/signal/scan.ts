import { machine, type SignalEvent, type SignalPair } from '../../schemas/signal.ts';
import type { Clock } from '../shared/clock.ts';
import type { Database, Row } from '../store/database.ts';
import { examplesOf } from '../store/queries/counts.ts';
import { groupsOf } from '../store/queries/mention-filter.ts';
import { refreshSuperseded } from '../store/queries/mentions.ts';
import { knownSignalsSql, lastSlotSql } from '../store/queries/signals.ts';
import type { SignalConfig } from './config.ts';
import { criteria } from './criteria.ts';
import { dateOf, dayOf } from './days.ts';
import { evidenceOf, pairOf, scoreRow } from './evidence.ts';
import { detectorsOf } from './fired.ts';
import type { Grid } from './grid.ts';
import { judge, type Score } from './judge.ts';
import { decide, type Known } from './decide.ts';
import { appendStep } from './ledger.ts';
import { loadGrid } from './load.ts';

export type ScanDeps = { readonly database: Database; readonly clock: Clock; readonly signal?: AbortSignal };

export type ScanReport = {
  readonly pairs: number;
  readonly detected: readonly SignalEvent[];
  readonly renewed: number;
  readonly milliseconds: number;
};

const rowsPerInsert = 10_000;

/**
 * One pass over all pairs of product and reaction, level by level: scores into `pair_scores`, new signals and newer
 * evidence into `signal_events`, and at last a row into `scans`, before which the views show the scan before: its
 * scores lie in another slot. May be cut off anywhere and run again.
 * @param at the moment (ms) of the scan; its day, in UTC, is the last one that is counted.
 */
export async function scan(config: SignalConfig, deps: ScanDeps, at = deps.clock.now()): Promise<ScanReport> {
  const { database, clock, signal } = deps;
  const began = clock.monotonic();
  const day = dayOf(at);
  const run = config.run;
  await refreshSuperseded(database);
  const chosen = config.criteria.map((name) => criteria[name]);
  const known = await database.query<Known>(knownSignalsSql, { params: { run } });
  const [last] = await database.query<{ slot: number }>(lastSlotSql, { params: { run } });
  const slot = 1 - (last?.slot ?? 0);
  const detected: SignalEvent[] = [];
  let renewed = 0;
  let tested = 0;

  /** Posts of the stretch in which the rise is clearest. */
  async function examples(pair: SignalPair, days: number): Promise<string[]> {
    if (config.examples === 0) return [];
    const target = { productId: pair.productId, reactionId: pair.conceptId, level: pair.level };
    const filter = { run, from: dateOf(day - days + 1), to: dateOf(day) };
    const { sql, params } = examplesOf(target, filter, config.examples);
    const rows = await database.query<{ post_id: string }>(sql, { params });
    return rows.map(({ post_id }) => post_id);
  }

  /** Groups of the terms that are signals, at a level between term and class. */
  async function groupsAt(level: string): Promise<ReadonlyMap<string, string>> {
    if (level === 'term' || level === 'class') return new Map();
    const pairs = [...known.filter(({ state }) => state !== 'closed'), ...detected.map(({ pair }) => pair)];
    const terms = pairs.flatMap((one) => (one.level === 'term' ? [one.conceptId] : []));
    const { sql, params } = groupsOf(level, [...new Set(terms)]);
    const rows = await database.query<{ conceptId: string; groupId: string }>(sql, { params });
    return new Map(rows.map(({ conceptId, groupId }) => [conceptId, groupId]));
  }

  async function write(grid: Grid, level: string, scores: readonly Score[]): Promise<void> {
    const rows: Row[] = scores.map((score) =>
      scoreRow(
        grid,
        score,
        pairOf(grid, score.pair, run, level),
        { at, slot },
        detectorsOf(grid, score.pair),
      ),
    );
    for (let first = 0; first < rows.length; first += rowsPerInsert) {
      const token = `scores-${run}-${level}-${at}-${slot}-${first}`;
      await database.insert('vigilstream.pair_scores', rows.slice(first, first + rowsPerInsert), { token });
    }
  }

  for (const level of config.levels) {
    const grid = await loadGrid(database, {
      run,
      level,
      day,
      windowDays: config.windowDays,
      ...(signal ? { signal } : {}),
    });
    if (!grid) continue;
    const verdicts = judge(grid, { ...config, criteria: chosen });
    tested += verdicts.tested;
    await write(grid, level, verdicts.scores);
    const groups = await groupsAt(level);
    const before = { known, detected, groupOf: (term: string) => groups.get(term) };
    for (const score of verdicts.scores) {
      for (const id of score.criteria) {
        const pair = pairOf(grid, score.pair, run, level);
        const step = decide({ pair, criteria: id, change: score.change }, before, config, at);
        if (step.kind === 'none') continue;
        const event: SignalEvent = {
          signalId: step.signalId,
          sequence: step.sequence,
          at,
          kind: step.kind === 'detect' ? 'transition' : 'evidence',
          fromState: step.kind === 'detect' ? null : step.state,
          toState: step.kind === 'detect' ? 'detected' : step.state,
          outcome: '',
          person: machine,
          reason: step.reason,
          duplicateOf: '',
          criteria: id,
          pair,
          evidence: evidenceOf(grid, score, {
            tested: verdicts.tested,
            detectors: detectorsOf(grid, score.pair),
            examples: await examples(pair, score.change.days),
          }),
        };
        if (!(await appendStep(database, event))) continue;
        if (step.kind === 'detect') detected.push(event);
        else renewed++;
      }
    }
  }
  const milliseconds = Math.round(clock.monotonic() - began);
  if (tested > 0) {
    const row = {
      scan_at: at,
      slot,
      run,
      window_from: dateOf(day - config.windowDays + 1),
      window_to: dateOf(day),
      criteria: config.criteria.map((name) => `${name}@${criteria[name].version}`).join(' '),
      pairs: tested,
      detected: detected.length,
      milliseconds,
    };
    await database.insert('vigilstream.scans', [row], { token: `scan-${run}-${at}` });
  }
  return { pairs: tested, detected, renewed, milliseconds };
}
