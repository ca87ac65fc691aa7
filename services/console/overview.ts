import type { TopicName } from '../../schemas/topics.ts';
import { lagOf, type Log, type PartitionRange } from '../log/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Database } from '../store/database.ts';
import { countsSql, dropsSql } from '../store/queries/console.ts';
import { createSeldom } from './seldom.ts';
import { createSourceStates, type SourceState } from './source-states.ts';
import type { CountView, Overview, StageView } from './view.ts';

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

type Findings = Omit<Overview['totals'], 'posts'>;
const none: Findings = { analysed: 0, findings: 0, people: 0 };

/** The sources of the page, most posts first. */
function shownSources(states: readonly SourceState[]): Overview['sources'] {
  return states
    .map(({ name, posts, lastSeenAt }) => ({ name, posts, lastSeenAt }))
    .toSorted((a, b) => b.posts - a.posts);
}

/** Rates and lags come from the log's positions, so that they are right wherever the stages run. */
export function createOverview(deps: { log: Log; database: Database; clock: Clock; groups: Groups }) {
  const { database, log, clock, groups } = deps;
  const sourceStates = createSourceStates(deps);
  const counts = createSeldom(clock, () => database.query<Findings>(countsSql));
  let last: Reading | undefined;
  let stages: readonly StageView[] = [];

  return async function overview(): Promise<Overview> {
    const [reading, [counted = none], states, drops] = await Promise.all([
      positionsOf(log, groups, clock.monotonic()),
      counts(),
      sourceStates(),
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
      totals: { posts: sum(states.map(({ posts }) => posts)), ...counted },
      sources: shownSources(states),
      drops: drops.filter((row) => row.dead === 0),
      deadLetters: drops.filter((row) => row.dead === 1),
    };
  };
}
