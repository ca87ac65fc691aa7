/** What the log carries. `retentionMs` of null keeps the last record of every key for ever (compaction). */
export type TopicSpec = {
  readonly name: TopicName;
  readonly partitions: number | 'configured';
  readonly retentionMs: number | null;
  readonly key: string;
};

export const topicNames = [
  'posts',
  'deletions',
  'analyses',
  'drops',
  'dead-letters',
  'gaps',
  'cursors',
  'label-tasks',
  'labels',
  'alerts',
] as const;
export type TopicName = (typeof topicNames)[number];

const day = 86_400_000;

/** The topics, in the order of the data's way. A post's events share a key, hence a partition, hence their order. */
export const topics: readonly TopicSpec[] = [
  { name: 'posts', partitions: 'configured', retentionMs: 7 * day, key: 'post id' },
  { name: 'deletions', partitions: 'configured', retentionMs: 30 * day, key: 'post id, or author hash' },
  { name: 'analyses', partitions: 'configured', retentionMs: 7 * day, key: 'post id' },
  { name: 'drops', partitions: 1, retentionMs: 30 * day, key: 'source' },
  { name: 'dead-letters', partitions: 1, retentionMs: 30 * day, key: 'source' },
  { name: 'gaps', partitions: 1, retentionMs: 30 * day, key: 'source' },
  { name: 'cursors', partitions: 1, retentionMs: null, key: 'source' },
  { name: 'label-tasks', partitions: 1, retentionMs: 90 * day, key: 'post id' },
  { name: 'labels', partitions: 1, retentionMs: 365 * day, key: 'post id' },
  { name: 'alerts', partitions: 1, retentionMs: 365 * day, key: 'rule' },
];
