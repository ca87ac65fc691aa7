import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deletion } from '../../schemas/deletion.ts';
import { deadLetter } from '../../schemas/flow.ts';
import { post } from '../../schemas/post.ts';
import { prepareBatch } from '../../services/ingest/batch.ts';
import { accountedFor } from '../../services/ingest/counts.ts';
import { openDuplicateIndex } from '../../services/ingest/dedupe.ts';
import { createPseudonyms } from '../../services/ingest/pseudonym.ts';
import type { Delivered } from '../../services/ingest/source.ts';
import { decodeFrame } from '../../services/ingest/sources/files/decode.ts';
import { detectFraming, type Framing } from '../../services/ingest/sources/files/detect.ts';
import { createSplitter, type Frame } from '../../services/ingest/sources/files/frames.ts';
import { scannerOf } from '../../services/ingest/sources/files/scanners.ts';
import { createDice, mutate } from './mutate.ts';

const streams = new URL('../fixtures/streams/', import.meta.url).pathname;
export const attacked = readdirSync(streams);

export type Attack = {
  readonly inputs: number;
  readonly records: number;
  readonly accepted: number;
  /** Slowest input, in milliseconds. */
  readonly slowest: number;
};

const schemas = { posts: post, deletions: deletion, 'dead-letters': deadLetter } as const;

function check(topic: string, value: Uint8Array): void {
  const schema = topic in schemas ? schemas[topic as keyof typeof schemas] : undefined;
  const read = schema?.read(JSON.parse(Buffer.from(value).toString()));
  if (read && !read.ok) throw new Error(`${topic}: ${read.problem}`);
}

/** The messages of a fixture, as its own splitter cuts them. */
function messagesOf(text: Buffer, framing: Framing): Frame[] {
  const splitter = createSplitter(scannerOf(framing), 1_000_000, 0);
  return [...splitter.push(text), ...splitter.end()];
}

/**
 * Sends damaged copies of a fixture's messages the whole way to entries of the log: whatever the bytes
 * are, nothing throws, every record is counted once, and every entry keeps to its schema.
 */
export function attack(file: string, inputs: number, seed: number): Attack {
  const text = readFileSync(join(streams, file));
  const framing = detectFraming(text.toString('latin1'), true);
  if (!framing) throw new Error(`${file} is of no known format`);
  const messages = messagesOf(text, framing).map(({ bytes }) => Buffer.from(bytes));
  const others = attacked.map((name) => readFileSync(join(streams, name)));
  const dice = createDice(seed);
  using index = openDuplicateIndex(':memory:');
  const deps = {
    pseudonyms: createPseudonyms(Buffer.alloc(32, 1)),
    index,
    limits: { maxTextLength: 100_000 },
    languages: undefined,
  };
  const context = { now: Date.UTC(2025, 0, 1) };
  let [records, accepted, slowest] = [0, 0, 0];
  index.begin();
  for (let input = 0; input < inputs; input++) {
    const bytes = mutate(dice.pick(messages), dice.pick(others), dice);
    const start = performance.now();
    // Now and then the bytes also choose how they are framed, and come in small pieces.
    const found = dice.below(4) === 0 ? detectFraming(bytes.toString(), true) : framing;
    const delivered: Delivered[] = [];
    if (found) {
      const splitter = createSplitter(scannerOf(found), 20_000, 1);
      const cut = dice.below(bytes.length);
      const frames = [
        ...splitter.push(bytes.subarray(0, cut)),
        ...splitter.push(bytes.subarray(cut)),
        ...splitter.end(),
      ];
      for (const frame of frames) {
        // A parser's own failure is counted and survived, and is a fault all the same.
        for (const record of decodeFrame(frame, found, undefined, context).outcomes) {
          if (record.type === 'unusable' && record.reason === 'poison') throw new Error(record.detail);
          delivered.push({
            source: 'hostile',
            record:
              record.type === 'unusable'
                ? { ...record, origin: 'x', bytes: frame.end - frame.start }
                : record,
          });
        }
      }
    }
    const { outputs, counts } = prepareBatch(delivered, context.now, deps);
    slowest = Math.max(slowest, performance.now() - start);
    if (counts.read !== delivered.length || accountedFor(counts) !== counts.read) {
      throw new Error(`${file}: input ${input} of seed ${seed}: ${counts.read} records do not add up`);
    }
    for (const { topic, entries } of outputs) for (const { value } of entries) check(topic, value);
    records += counts.read;
    accepted += counts.accepted;
  }
  index.rollback();
  return { inputs, records, accepted, slowest };
}
