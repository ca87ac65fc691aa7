import {
  machine,
  signalTransitions,
  type SignalState,
  type TransitionRequest,
} from '../../schemas/signal.ts';
import type { Clock } from '../shared/clock.ts';
import type { Database } from '../store/database.ts';
import { signalSql, type SignalRow } from '../store/queries/signals.ts';
import { appendStep } from './ledger.ts';

export const transitionRefusals = [
  'unknown-signal',
  'not-a-person',
  'not-allowed',
  'outcome-missing',
  'outcome-early',
  'duplicate-unknown',
  'changed-meanwhile',
] as const;
export type TransitionRefusal = (typeof transitionRefusals)[number];

export type TransitionOutcome =
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly why: TransitionRefusal; readonly message: string };

const refused = (why: TransitionRefusal, message: string): TransitionOutcome => ({ ok: false, why, message });

type Standing = { readonly signalId: string; readonly state: string; readonly sequence: number };

/** Whether a person may take this step from where the signal stands; undefined where nothing speaks against it. */
export function refusalOf(
  standing: Standing,
  request: TransitionRequest,
  person: string,
): Exclude<TransitionOutcome, { ok: true }> | undefined {
  const { toState, outcome, duplicateOf, afterSequence } = request;
  const no = (why: TransitionRefusal, message: string) => ({ ok: false, why, message }) as const;
  if (person.trim() === '' || person.trim().toLowerCase() === machine)
    return no('not-a-person', 'a machine only detects: every further step needs the name of a person');
  if (afterSequence !== undefined && afterSequence !== standing.sequence)
    return no('changed-meanwhile', 'the signal was changed meanwhile: look at it again');
  const allowed = signalTransitions[standing.state as SignalState] ?? [];
  if (!allowed.includes(toState)) {
    const choice = allowed.length > 0 ? `it can become ${allowed.join(' or ')}` : 'it is closed for good';
    return no('not-allowed', `a signal that is ${standing.state} cannot become ${toState}: ${choice}`);
  }
  if (toState === 'closed' && outcome === '')
    return no('outcome-missing', 'a signal is closed as confirmed, refuted or duplicate: say which');
  if (toState !== 'closed' && outcome !== '')
    return no('outcome-early', `only a closed signal has an outcome, and ${toState} is not closed`);
  if (outcome === 'duplicate' ? duplicateOf === '' || duplicateOf === standing.signalId : duplicateOf !== '')
    return no(
      'duplicate-unknown',
      outcome === 'duplicate'
        ? 'name the other signal that this one is a duplicate of'
        : 'only a duplicate names another signal',
    );
  return undefined;
}

export type LifecycleDeps = { readonly database: Database; readonly clock: Clock };

/**
 * Takes a signal one step further on behalf of a person, and appends the step to its history.
 * @param person who takes responsibility; never `machine`.
 */
export async function takeStep(
  request: TransitionRequest,
  person: string,
  { database, clock }: LifecycleDeps,
): Promise<TransitionOutcome> {
  const find = async (signal: string): Promise<SignalRow | undefined> =>
    (await database.query<SignalRow>(signalSql, { params: { signal } }))[0];
  const standing = await find(request.signalId);
  if (!standing) return refused('unknown-signal', 'there is no such signal');
  const refusal = refusalOf(standing, request, person);
  if (refusal) return refusal;
  if (request.duplicateOf !== '' && !(await find(request.duplicateOf)))
    return refused('duplicate-unknown', 'there is no signal with the id that this one is said to duplicate');
  const sequence = standing.sequence + 1;
  const taken = await appendStep(database, {
    signalId: standing.signalId,
    sequence,
    at: clock.now(),
    kind: 'transition',
    fromState: standing.state as SignalState,
    toState: request.toState,
    outcome: request.outcome,
    person: person.trim(),
    reason: request.reason,
    duplicateOf: request.duplicateOf,
    criteria: standing.criteria,
    pair: standing,
    evidence: null,
  });
  return taken
    ? { ok: true, sequence }
    : refused('changed-meanwhile', 'the signal was changed meanwhile: look at it again');
}
