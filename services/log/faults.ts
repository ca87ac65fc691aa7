import type { TopicName } from '../../schemas/topics.ts';
import { VigilError } from '../shared/errors.ts';

/** The step was not done: a partition belongs to another member now. */
export function partitionLost(topic: TopicName, partition: number): VigilError {
  return new VigilError(
    'LOG_PARTITION_LOST',
    `partition ${partition} of ${topic} has moved to another member of the group; uncommitted work is done again`,
    { canRetry: true },
  );
}

export function noTopic(topic: string): VigilError {
  return new VigilError(
    'LOG_NO_TOPIC',
    `the log has no topic ${topic}; run "vigilstream migrate" or start a stage, which creates it`,
  );
}

export function recordTooLarge(topic: string, bytes: number, most: number): VigilError {
  return new VigilError(
    'LOG_RECORD_TOO_LARGE',
    `a record of ${bytes} bytes for ${topic} is over the limit of ${most}; raise log.maxRecordBytes or leave it out`,
  );
}

export function logClosed(): VigilError {
  return new VigilError('LOG_CLOSED', 'the log is closed');
}
