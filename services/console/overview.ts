import type { TopicName } from '../../schemas/topics.ts';
import { lagOf, type Log, type PartitionRange } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Database } from '../store/database.ts';
import { countsSql, dropsSql, sourcesSql } from '../store/queries/console.ts';
import type { CountView, Overview, SourceView, StageView } from './view.ts';

type Groups = { readonly infer: string; readonly store: string };

/** Positions of the three stages, each in posts since the log began. */
type Reading = {
  at: number;
  ingest: number;
  infer: number;
  store: number;
  inferLag: number;
  storeLag: number;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function positionsOf(log: Log, groups: Groups, now: number): Promise<Reading> {
  const topics = ['posts', 'analyses'] as const satisfies readonly TopicName[];
  const [ranges, infer, store] = await Promise.all([
    log.ranges(topics),
    lagOf(log, groups.infer, ['posts']),
    lagOf(log, groups.store, ['analyses']),
  ]);
  const ends = (topic: TopicName): number =>
    sum(ranges.filter((range: PartitionRange) => range.topic === topic).map((range) => range.next));
  return {
    at: now,
    ingest: ends('posts'),
    infer: sum(infer.map((partition) => partition.offset)),
    store: sum(store.map((partition) => partition.offset)),
    inferLag: sum(infer.map((partition) => partition.lag)),
    storeLag: sum(store.map((partition) => partition.lag)),
  };
}

/** Rates and lags come from the log's positions, so that they are right wherever the stages run. */
export function createOverview(deps: { log: Log; database: Database; clock: Clock; groups: Groups }) {
  let last: Reading | undefined;
  let stages: readonly StageView[] = [];

  return async function overview(): Promise<Overview> {
    const { database, log, clock, groups } = deps;
    const [reading, totals, sources, drops] = await Promise.all([
      positionsOf(log, groups, clock.monotonic()),
      database.query<Overview['totals']>(countsSql),
      database.query<SourceView>(sourcesSql),
      database.query<CountView & { dead: number }>(dropsSql),
    ]);
    const before = last ?? reading;
    const seconds = (reading.at - before.at) / 1000;
    if (seconds >= 0.2 || !last) {
      const rate = (key: 'ingest' | 'infer' | 'store'): number =>
        seconds > 0 ? Math.max(0, (reading[key] - before[key]) / seconds) : 0;
      stages = [
        { name: 'ingest', perSecond: rate('ingest'), lag: null },
        { name: 'infer', perSecond: rate('infer'), lag: reading.inferLag },
        { name: 'store', perSecond: rate('store'), lag: reading.storeLag },
      ];
      last = reading;
    }
    return {
      at: clock.now(),
      stages,
      totals: totals[0] ?? { posts: 0, analysed: 0, findings: 0, people: 0 },
      sources,
      drops: drops.filter((row) => row.dead === 0),
      deadLetters: drops.filter((row) => row.dead === 1),
    };
  };
}
