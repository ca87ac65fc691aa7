import type { DeadLetter } from '../../schemas/flow.ts';
import type { Outgoing } from '../log/log.ts';
import { textOf } from './decode.ts';
import type { Refusal } from './insert.ts';

/** A record inside a record grows by its escapes; beyond this it may no longer fit into the log. */
const keptBytes = 262_144;

/** What could not be stored, for the topic `dead-letters`. Records of the log are masked, so they are kept. */
export function deadLetterOutputs(refusals: readonly Refusal[], at: number): Outgoing[] {
  if (refusals.length === 0) return [];
  const entries = refusals.map(({ item: { record, decoded }, reason, detail }) => {
    const source = 'source' in decoded ? decoded.source : 'unknown';
    const letter: DeadLetter = {
      v: 1,
      stage: 'store',
      source,
      reason,
      origin: `${record.topic}/${record.partition}/${record.offset}`,
      bytes: record.value.length,
      detail,
      record: record.value.length <= keptBytes ? textOf(record) : null,
      at,
    };
    return { key: source, value: Buffer.from(JSON.stringify(letter)) };
  });
  return [{ topic: 'dead-letters', entries }];
}
