/** Signals, their life, and what the scans found. Times are milliseconds since 1970 UTC. */

export type SignalRow = {
  readonly signalId: string;
  readonly state: string;
  readonly outcome: string;
  readonly duplicateOf: string;
  readonly person: string;
  readonly reason: string;
  readonly sequence: number;
  readonly detectedAt: number;
  readonly stateAt: number;
  readonly evidenceAt: number;
  /** JSON of an `Evidence`. */
  readonly evidence: string;
  readonly criteria: string;
  readonly run: string;
  readonly level: string;
  readonly productId: string;
  readonly product: string;
  readonly conceptId: string;
  readonly concept: string;
  readonly classId: string;
  readonly class: string;
};

const signalColumns = `
    signal_id AS signalId, state, outcome, duplicate_of AS duplicateOf, person, reason, sequence,
    toUnixTimestamp64Milli(detected_at) AS detectedAt, toUnixTimestamp64Milli(state_at) AS stateAt,
    toUnixTimestamp64Milli(evidence_at) AS evidenceAt, evidence, criteria, run, level,
    product_id AS productId, product, concept_id AS conceptId, concept, class_id AS classId, class`;

const aboutSql = `(empty({products:Array(String)}) OR has({products:Array(String)}, product_id))
  AND (empty({concepts:Array(String)}) OR has({concepts:Array(String)}, concept_id))`;

/**
 * Signals in their newest state, the newest change first. Every filter that is an empty list lets all
 * through; `before` (ms) is the `stateAt` of the last row of the page before, or a time in the future.
 */
export const signalsSql = `
SELECT ${signalColumns}
FROM vigilstream.signals_current
WHERE run = {run:String}
  AND (empty({states:Array(String)}) OR has({states:Array(String)}, state))
  AND ${aboutSql}
  AND state_at < fromUnixTimestamp64Milli({before:Int64})
ORDER BY state_at DESC, signal_id
LIMIT {limit:UInt32}`;

/** One signal. */
export const signalSql = `
SELECT ${signalColumns}
FROM vigilstream.signals_current
WHERE signal_id = {signal:String}`;

export type SignalEventRow = {
  readonly signalId: string;
  readonly sequence: number;
  readonly at: number;
  readonly kind: string;
  readonly fromState: string;
  readonly toState: string;
  readonly outcome: string;
  readonly person: string;
  readonly reason: string;
  readonly duplicateOf: string;
  readonly criteria: string;
  readonly evidence: string;
  readonly request: string;
};

/** Every step of one signal, in their order. */
export const signalHistorySql = `
SELECT
    signal_id AS signalId, sequence, toUnixTimestamp64Milli(at) AS at, kind, from_state AS fromState,
    to_state AS toState, outcome, person, reason, duplicate_of AS duplicateOf, criteria, evidence, request
FROM vigilstream.signal_events
WHERE signal_id = {signal:String}
ORDER BY sequence`;

/** How many signals are in each state; filters that are empty lists let all through. */
export const signalStatesSql = `
SELECT state, outcome, count() AS signals
FROM vigilstream.signals_current
WHERE run = {run:String} AND ${aboutSql}
GROUP BY state, outcome
ORDER BY state, outcome`;

/** The newest state of every signal of a run, for the scan: what is open, and what was closed when. */
export const knownSignalsSql = `
SELECT
    signal_id AS signalId, state, sequence, criteria, level, product_id AS productId, concept_id AS conceptId,
    class_id AS classId,
    toUnixTimestamp64Milli(state_at) AS stateAt, toUnixTimestamp64Milli(evidence_at) AS evidenceAt, evidence
FROM vigilstream.signals_current
WHERE run = {run:String}`;

/** The slot in which the scores of the last complete scan of a run lie; 0 where there was none. */
export const lastSlotSql = `SELECT argMax(slot, scan_at) AS slot FROM vigilstream.scans WHERE run = {run:String}`;

/** What the last complete scan found for the pairs of a product or of a reaction; empty lists mean all. */
export const latestScoresSql = `
SELECT
    toUnixTimestamp64Milli(scan_at) AS scanAt, level, toString(window_from) AS windowFrom,
    toString(window_to) AS windowTo, product_id AS productId, product, concept_id AS conceptId, concept,
    class_id AS classId, class, n11, n1x, nx1, n, expected, prr, prr_lo AS prrLower, prr_hi AS prrUpper, chi2,
    chi2_yates AS chi2Yates, ror, ror_lo AS rorLower, ror_hi AS rorUpper, ic, ic025, ic975, ebgm, eb05, eb95,
    recent, baseline, change_days AS changeDays, change_people AS changePeople,
    change_expected AS changeExpected, change_p AS changeP, change_q AS changeQ, detectors, presets, criteria
FROM vigilstream.pair_scores_latest
WHERE run = {run:String}
  AND level = {level:String}
  AND (empty({products:Array(String)}) OR has({products:Array(String)}, product_id))
  AND (empty({concepts:Array(String)}) OR has({concepts:Array(String)}, concept_id))
  AND n11 >= {people:UInt32}
ORDER BY change_q, n11 DESC
LIMIT {limit:UInt32}`;

export type ScanRow = {
  readonly scanAt: number;
  readonly run: string;
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly criteria: string;
  readonly pairs: number;
  readonly detected: number;
  readonly milliseconds: number;
};

/** The last scans, newest first. */
export const scansSql = `
SELECT
    toUnixTimestamp64Milli(scan_at) AS scanAt, run, toString(window_from) AS windowFrom,
    toString(window_to) AS windowTo, criteria, pairs, detected, milliseconds
FROM vigilstream.scans
WHERE run = {run:String}
ORDER BY scan_at DESC
LIMIT {limit:UInt32}`;
