import type { TopicSpec } from '../../schemas/topics.ts';

/** The settings that all drivers share. */
export type LogLimits = {
  readonly partitions: number;
  readonly maxRecordBytes: number;
  readonly retentionHours?: number | undefined;
};

export type ResolvedTopic = {
  readonly name: TopicSpec['name'];
  readonly partitions: number;
  readonly retentionMs: number | null;
};

/** A topic with the configured number of partitions and retention filled in. */
export function resolveTopic(spec: TopicSpec, limits: LogLimits): ResolvedTopic {
  const most = limits.retentionHours === undefined ? Infinity : limits.retentionHours * 3_600_000;
  return {
    name: spec.name,
    partitions: spec.partitions === 'configured' ? limits.partitions : spec.partitions,
    retentionMs: spec.retentionMs === null ? null : Math.min(spec.retentionMs, most),
  };
}
