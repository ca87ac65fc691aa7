import type { TopicName } from '../../schemas/topics.ts';
import type { LogDeps } from './deps.ts';

/** Offsets [from, to) of a partition that are gone and that a group has not read. */
export type Missed = {
  readonly group: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
};

/** Tells a person of records that retention removed before they were read: a line in the log and a counter. */
export function missedTeller({
  logger,
  metrics,
}: Partial<Pick<LogDeps, 'logger' | 'metrics'>>): (missed: Missed) => void {
  return (missed) => {
    const { group, topic, from, to } = missed;
    logger?.warn({ ...missed, records: to - from }, 'records were removed before they were read');
    metrics?.missed.inc({ topic, group }, to - from);
  };
}
