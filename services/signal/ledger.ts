import type { SignalEvent } from '../../schemas/signal.ts';
import { randomId, sha256Hex } from '../shared/ids.ts';
import type { Database } from '../store/database.ts';
import { signalHistorySql, type SignalEventRow } from '../store/queries/signals.ts';

/** Id of the nth signal of a pair by some criteria; the same in every process. */
export function signalIdOf(
  pair: {
    readonly run: string;
    readonly level: string;
    readonly productId: string;
    readonly conceptId: string;
  },
  criteria: string,
  ordinal: number,
): string {
  const { run, level, productId, conceptId } = pair;
  return sha256Hex(JSON.stringify([run, level, productId, conceptId, criteria, ordinal]), 16);
}

/**
 * Appends one step to the life of a signal. The token of the insert is the signal and the number of the step, so of
 * two writers of the same step one is heard; who was not, is told.
 * @returns whether this step was taken; false when somebody else had taken its place.
 */
export async function appendStep(database: Database, event: SignalEvent): Promise<boolean> {
  const { pair } = event;
  const request = randomId();
  const row = {
    signal_id: event.signalId,
    sequence: event.sequence,
    at: event.at,
    kind: event.kind,
    from_state: event.fromState ?? '',
    to_state: event.toState,
    outcome: event.outcome,
    person: event.person,
    reason: event.reason,
    duplicate_of: event.duplicateOf,
    criteria: event.criteria,
    run: pair.run,
    level: pair.level,
    product_id: pair.productId,
    product: pair.product,
    concept_id: pair.conceptId,
    concept: pair.concept,
    class_id: pair.classId,
    class: pair.class,
    evidence: event.evidence ? JSON.stringify(event.evidence) : '',
    request,
  };
  const token = `signal-${event.signalId}-${event.sequence}`;
  await database.insert('vigilstream.signal_events', [row], { token });
  const steps = await database.query<SignalEventRow>(signalHistorySql, {
    params: { signal: event.signalId },
  });
  return steps.some((step) => step.sequence === event.sequence && step.request === request);
}
