import { type Cursor, cursor } from '../../schemas/flow.ts';
import { VigilError } from '../shared/errors.ts';
import type { Log } from '../log/log.ts';

const decoder = new TextDecoder();

/**
 * The last cursor of every key in the log.
 * @throws VigilError `INGEST_CURSOR` when the topic holds something that is no cursor.
 */
export async function readCursors(log: Log, signal: AbortSignal): Promise<Map<string, Cursor>> {
  const cursors = new Map<string, Cursor>();
  for (const { topic, partition, first, next } of await log.ranges(['cursors'])) {
    if (next <= first) continue;
    for await (const batch of log.read({ topic, partition, offset: first }, signal)) {
      for (const record of batch.records) {
        const read = cursor.read(parse(record.value));
        if (!read.ok) {
          throw new VigilError(
            'INGEST_CURSOR',
            `offset ${record.offset} of the topic cursors is not a cursor (${read.problem}): was it written by a newer version?`,
          );
        }
        cursors.set(record.key, read.value);
      }
    }
  }
  return cursors;
}

function parse(value: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(value));
  } catch {
    return undefined;
  }
}
