import type { Clock } from '../shared/clock.ts';
import type { Database } from '../store/database.ts';
import {
  sourcesHeardSql,
  sourceVolumesSql,
  type SourceHeardRow,
  type SourceVolumeRow,
} from '../store/queries/sources.ts';
import { createSeldom } from './seldom.ts';

/** A source: how much it delivered, and since when it is silent. Times are ms since 1970 UTC. */
export type SourceState = SourceHeardRow & SourceVolumeRow;

const nothing = { posts: 0, firstCreatedAt: 0, lastCreatedAt: 0 };

/** Sources by name. When one was heard last is always of this moment; its posts are counted as often as that is cheap. */
export function createSourceStates(deps: {
  readonly database: Database;
  readonly clock: Clock;
}): () => Promise<SourceState[]> {
  const { database, clock } = deps;
  const volumes = createSeldom(clock, () => database.query<SourceVolumeRow>(sourceVolumesSql));
  return async function sourceStates() {
    const [heard, counted] = await Promise.all([database.query<SourceHeardRow>(sourcesHeardSql), volumes()]);
    const byName = new Map(counted.map((row) => [row.name, row]));
    return heard.map((row) => ({ ...nothing, ...byName.get(row.name), ...row }));
  };
}
