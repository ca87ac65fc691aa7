import type { Outcome, WireChunk } from './event.ts';
import { createRandom, hashOf, type Random } from './random.ts';

export const faultKinds = [
  'torn',
  'garbage',
  'wrong-encoding',
  'unknown-fields',
  'out-of-order',
  'duplicate',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type FaultOptions = {
  readonly seed: number;
  /** Probability of each fault per record; those that are left out do not happen. */
  readonly rates: Partial<Record<FaultKind, number>>;
};

/** A record after the faults: its bytes, what was done to it, and what reading it must come to now. */
export type FaultyChunk = {
  readonly chunk: WireChunk;
  readonly data: Uint8Array;
  readonly fault: FaultKind | undefined;
  readonly outcome: Outcome;
};

const encoder = new TextEncoder();
const isJson = ({ format }: WireChunk): boolean => format !== 'rss';

/** Cuts the JSON of a record in the middle and keeps its end, so that the next record is whole. */
function torn(bytes: string, random: Random): string {
  const end = /\s*$/.exec(bytes)?.[0] ?? '\n';
  const from = bytes.indexOf('{') + 1;
  const to = bytes.length - end.length;
  return bytes.slice(0, from + 1 + random.int(Math.max(1, to - from - 1))) + end;
}

/** A record that is none, framed as the format frames its records. */
const garbage = ({ format }: WireChunk, random: Random): string => {
  const noise = `${random.pick(['}{', '<html>502', 'NaN,', '\u0000\u0001'])}${random.int(1e9).toString(36)}`;
  return format === 'mastodon-sse' ? `event: update\ndata: ${noise}\n\n` : `${noise}\n`;
};

/** A byte that UTF-8 cannot have, inside the record's first string. */
function wronglyEncoded(bytes: string): Uint8Array {
  const data = encoder.encode(bytes);
  const at = data.indexOf(34, data.indexOf(123)) + 1;
  return Uint8Array.from([...data.subarray(0, at), 0xff, ...data.subarray(at)]);
}

/** Keys that the platform may add some day. */
const withUnknownFields = (bytes: string): string =>
  bytes.replace('{', '{"x_experiment":{"arm":[1,2,{"deep":null}],"note":"\\ud83e\\uddea"},');

/** Whether two records may change places without changing what becomes of either. */
const exchangeable = ({ event }: WireChunk): boolean => event.what === 'post' || event.what === 'noise';

/** Breaks records here and there, each in one way, and says what it did. */
export function* withFaults(
  chunks: Iterable<WireChunk>,
  { seed, rates }: FaultOptions,
): Generator<FaultyChunk, void> {
  const random = createRandom(hashOf(seed, 'faults'));
  let held: WireChunk | undefined;
  /** Posts that were broken on their way; when one is delivered again, it is new to whoever reads. */
  const lost = new Set<string>();
  const idOf = ({ event }: WireChunk): string => `${event.platform}:${event.ref?.id ?? ''}:${event.version}`;
  const whole = (chunk: WireChunk, fault?: FaultKind): FaultyChunk => {
    const found = chunk.event.outcome.type === 'duplicate' && lost.delete(idOf(chunk));
    const outcome: Outcome = found ? { type: 'accepted' } : chunk.event.outcome;
    return { chunk, data: encoder.encode(chunk.bytes), fault, outcome };
  };
  const broken = (
    chunk: WireChunk,
    fault: FaultKind,
    data: Uint8Array,
    reason: 'not-json' | 'not-utf8',
  ): FaultyChunk => {
    if (fault !== 'garbage' && chunk.event.outcome.type === 'accepted') lost.add(idOf(chunk));
    return { chunk, data, fault, outcome: { type: 'dead-lettered', reason } };
  };
  for (const chunk of chunks) {
    const kind = faultKinds.find((fault) => random.chance(rates[fault] ?? 0));
    const post = chunk.event.what === 'post' && isJson(chunk);
    const late = held;
    held = undefined;
    // An edit or a deletion may be of the very post that was held back, so it waits for that one.
    if (late && !exchangeable(chunk)) yield whole(late, 'out-of-order');
    if (kind === 'out-of-order' && late === undefined && exchangeable(chunk)) {
      held = chunk;
      continue;
    }
    if (kind === 'torn' && post) {
      yield broken(chunk, kind, encoder.encode(torn(chunk.bytes, random)), 'not-json');
    } else if (kind === 'wrong-encoding' && post) {
      yield broken(chunk, kind, wronglyEncoded(chunk.bytes), 'not-utf8');
    } else if (kind === 'unknown-fields' && post) {
      yield { ...whole(chunk, kind), data: encoder.encode(withUnknownFields(chunk.bytes)) };
    } else {
      yield whole(chunk);
      if (kind === 'duplicate') {
        const again = whole(chunk, kind);
        yield again.outcome.type === 'accepted' ? { ...again, outcome: { type: 'duplicate' } } : again;
      } else if (kind === 'garbage' && isJson(chunk)) {
        yield broken(chunk, kind, encoder.encode(garbage(chunk, random)), 'not-json');
      }
    }
    if (late && exchangeable(chunk)) yield whole(late, 'out-of-order');
  }
  if (held) yield whole(held, 'out-of-order');
}
