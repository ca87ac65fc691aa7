import type { Clock } from '../../shared/clock.ts';
import type { WireFeed } from './wire.ts';

export type SourceDeps = {
  readonly clock: Clock;
  /** Records that a batch holds at most, apart from the last message's own. */
  readonly batchRecords: number;
  /** A longer record is skipped. */
  readonly maxRecordBytes: number;
  /** Told how many bytes of a file have been read. */
  readonly onBytes?: (count: number) => void;
  /** Told of a followed file that is missing, at every look. */
  readonly onMissing?: (path: string) => void;
  /** Where the driver `demo` gets its messages; that driver fails without it. */
  readonly demo?: WireFeed;
};
