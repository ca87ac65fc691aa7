import { evidenceSchema, type SignalEvent, type SignalPair, type SignalState } from '../../schemas/signal.ts';
import type { Change } from './change.ts';
import type { SignalConfig } from './config.ts';
import { signalIdOf } from './ledger.ts';

/** A signal that there is, in its newest state. */
export type Known = {
  readonly signalId: string;
  readonly state: string;
  readonly sequence: number;
  readonly criteria: string;
  readonly level: string;
  readonly productId: string;
  readonly conceptId: string;
  readonly classId: string;
  readonly stateAt: number;
  readonly evidenceAt: number;
  /** JSON of an `Evidence`. */
  readonly evidence: string;
};

/** What the machine does about a pair that meets criteria. */
export type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'detect'; readonly signalId: string; readonly sequence: 0; readonly reason: string }
  | {
      readonly kind: 'evidence';
      readonly signalId: string;
      readonly sequence: number;
      readonly state: SignalState;
      readonly reason: string;
    };

/** What there is when a pair is decided about. */
export type Before = {
  readonly known: readonly Known[];
  /** Signals that this scan has detected already. */
  readonly detected: readonly SignalEvent[];
  /** The group of a term at the level of the pair, where that lies between term and class. */
  readonly groupOf: (conceptId: string) => string | undefined;
};

const none: Step = { kind: 'none' };
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const nameOf = (criteria: string): string => criteria.slice(0, criteria.lastIndexOf('@'));

const reasonOf = ({ people, days, expected }: Change): string =>
  `${people} people in ${days} days, ${expected.toFixed(1)} expected`;

/** People that the newest evidence counted in its stretch; 0 where there is none that can be read. */
function peopleThen(evidence: string): number {
  if (evidence === '') return 0;
  const parsed = evidenceSchema.safeParse(JSON.parse(evidence));
  return parsed.success ? parsed.data.change.people : 0;
}

/**
 * What is to be done about a pair that meets criteria: an open signal of the same criteria, of whatever version, is
 * never detected again but given newer evidence from time to time; a closed one rests for some time before its pair
 * can be a signal again; a group of reactions is no signal where a reaction of it is one already.
 */
export function decide(
  found: { readonly pair: SignalPair; readonly criteria: string; readonly change: Change },
  before: Before,
  config: Pick<SignalConfig, 'againAfterDays' | 'evidenceHours'>,
  at: number,
): Step {
  const { pair, change } = found;
  const name = nameOf(found.criteria);
  const own = before.known.filter(
    (one) =>
      one.level === pair.level &&
      one.productId === pair.productId &&
      one.conceptId === pair.conceptId &&
      nameOf(one.criteria) === name,
  );
  const open = own.find(({ state }) => state !== 'closed');
  if (open) {
    const due = at - open.evidenceAt >= config.evidenceHours * hourMs;
    const grown = change.people >= 1.5 * peopleThen(open.evidence);
    if (!due && !grown) return none;
    return {
      kind: 'evidence',
      signalId: open.signalId,
      sequence: open.sequence + 1,
      state: open.state as SignalState,
      reason: reasonOf(change),
    };
  }
  if (own.some(({ stateAt }) => at - stateAt < config.againAfterDays * dayMs)) return none;
  if (pair.level !== 'term' && explained(pair, before)) return none;
  return {
    kind: 'detect',
    signalId: signalIdOf(pair, name, own.length),
    sequence: 0,
    reason: reasonOf(change),
  };
}

/** Whether a term of the pair's group is a signal with the product already. */
function explained(pair: SignalPair, { known, detected, groupOf }: Before): boolean {
  const within = (one: { level: string; productId: string; conceptId: string; classId: string }): boolean =>
    one.level === 'term' &&
    one.productId === pair.productId &&
    (pair.level === 'class' ? one.classId : groupOf(one.conceptId)) === pair.conceptId;
  return (
    known.some((one) => one.state !== 'closed' && within(one)) || detected.some((event) => within(event.pair))
  );
}
