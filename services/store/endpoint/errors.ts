/** What became of a request; the label of the metric. */
export const outcomes = [
  'ok',
  'refused',
  'unauthorised',
  'foreign-host',
  'malformed',
  'limit',
  'busy',
  'failed',
  'cancelled',
] as const;
export type Outcome = (typeof outcomes)[number];

/** An exception of ClickHouse: its code and name, or ours in the same shape. Goes to the client only. */
export class Refusal extends Error {
  readonly code: number;
  readonly label: string;
  readonly outcome: Outcome;

  constructor(code: number, label: string, message: string, outcome: Outcome = 'refused') {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.label = label;
    this.outcome = outcome;
  }
}

const limits = new Set([158, 159, 160, 167, 168, 202, 241, 306, 307, 396]);
const statuses: Readonly<Record<number, number>> = {
  46: 404,
  48: 501,
  60: 404,
  81: 404,
  159: 408,
  164: 403,
  194: 401,
  202: 503,
  241: 500,
  307: 413,
  372: 404,
  394: 500,
  497: 403,
  516: 403,
};
const clientFaults = new Set([
  6, 16, 27, 36, 38, 40, 41, 42, 43, 47, 53, 62, 69, 70, 72, 73, 89, 115, 117, 131, 158, 167, 168, 184, 215,
  306, 271, 349, 386, 396, 456, 457,
]);

/** HTTP status that a ClickHouse server gives to an exception. */
export function statusOf(code: number): number {
  return statuses[code] ?? (clientFaults.has(code) ? 400 : 500);
}

/** Codes of things that a statement names and that are not there. */
const unknownNames = new Set([10, 16, 46, 47, 60, 81]);

/**
 * What fails while rows are in hand is told with the value in hand, which may be the text of a post, and
 * clients write messages into logs of their own. What was being done, in the words of the statement, stays.
 * The value of a subquery counts as a constant, with which the engine fails before there are rows.
 */
function withoutValues(code: number, message: string): string {
  let at = message.lastIndexOf(': while executing ');
  const scope = message.lastIndexOf(': In scope ');
  if (at < 0 && !unknownNames.has(code) && message.includes('(SELECT ', scope)) at = scope;
  return at < 0 ? message : `A value cannot be used so${message.slice(at)}`;
}

/**
 * An engine's exception as ours. The engine repeats the code at the start and the end of nested messages, and
 * a text that could not be parsed is echoed together with the call that we wrapped around it.
 */
export function fromEngine(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const message = error instanceof Error ? error.message : '';
  const code = Number(/^Code: (\d+)\./.exec(message)?.[1] ?? 1002);
  const label = [...message.matchAll(/\(([A-Z][A-Z0-9_]+)\)/g)].at(-1)?.[1] ?? 'UNKNOWN_EXCEPTION';
  const bare = message
    .replace(/^(?:Code: \d+\. DB::Exception: )+/, '')
    .replace(/(?:\s*\(version [^)]*\)\.?|\s*\([A-Z][A-Z0-9_]+\)\.?)+\s*$/, '')
    .replace(/: In scope SELECT formatQuerySingleLine\(.*$/s, '');
  const outcome: Outcome = limits.has(code) ? 'limit' : code === 164 || code === 497 ? 'refused' : 'failed';
  return new Refusal(code, label, bare === '' ? 'the engine failed' : withoutValues(code, bare), outcome);
}

/** Body of an answer to a failed request, as a ClickHouse server words it. */
export function exceptionText(refusal: Refusal, version: string): string {
  const dot = refusal.message.endsWith('.') ? '' : '.';
  return `Code: ${refusal.code}. DB::Exception: ${refusal.message}${dot} (${refusal.label}) (version ${version} (official build))\n`;
}
