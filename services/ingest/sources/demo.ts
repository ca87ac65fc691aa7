import { z } from 'zod';
import { sourceName } from '../../../schemas/common.ts';
import type { Platform } from '../../../schemas/post.ts';
import { VigilError } from '../../shared/errors.ts';
import type { Delivered, Source, SourceBatch } from '../source.ts';
import type { SourceDeps } from './deps.ts';
import { decodeFrame } from './files/decode.ts';
import type { Framing } from './files/detect.ts';
import { parseFeedHead } from './formats/feed.ts';
import type { WireMessage } from './wire.ts';

export const demoConfig = z.strictObject({
  name: sourceName.describe('name of the source; the platform follows it in the ids of the posts (demo-x)'),
  driver: z.literal('demo'),
});
export type DemoConfig = z.infer<typeof demoConfig>;

const cursorSchema = z.strictObject({ v: z.literal(1), messages: z.int().min(0) });

/** How a platform sends one message; everything that is not told here is a JSON document. */
function framingOf({ platform, bytes }: WireMessage): Framing {
  if (platform === 'mastodon') return { kind: 'events' };
  if (platform !== 'feed') return { kind: 'json' };
  return { kind: 'items', head: parseFeedHead(new TextDecoder().decode(bytes)) };
}

/**
 * Messages that a generator makes in the platforms' own formats, through the parsers that files go
 * through. The cursor is the number of messages taken.
 */
export function createDemoSource(config: DemoConfig, deps: SourceDeps): Source {
  const { demo, clock, batchRecords } = deps;
  if (!demo)
    throw new VigilError(
      'INGEST_DEMO',
      'the source driver demo has no generator: start it with the simulator',
    );
  return {
    name: config.name,
    cursorKey: config.name,
    [Symbol.asyncDispose]: async () => {},
    async *read(cursor, signal): AsyncGenerator<SourceBatch> {
      let taken = startOf(cursor);
      let records: Delivered[] = [];
      const take = (): SourceBatch => {
        const batch = { records, cursor: JSON.stringify({ v: 1, messages: taken }) };
        records = [];
        return batch;
      };
      for await (const messages of demo.read(taken, signal)) {
        const now = clock.now();
        for (const message of messages) {
          records.push(...decodeMessage(message, `${config.name}-${message.platform}`, taken, now));
          taken++;
          if (records.length >= batchRecords) {
            yield take();
            if (signal.aborted) return;
          }
        }
        // Whoever waits for the next group should see this one at once.
        if (records.length > 0) yield take();
        if (signal.aborted) return;
      }
    },
  };
}

function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  try {
    return cursorSchema.parse(JSON.parse(cursor)).messages;
  } catch (error) {
    throw new VigilError(
      'INGEST_CURSOR',
      'the cursor of the demo cannot be read: was it written by a newer version?',
      {
        cause: error,
      },
    );
  }
}

/** The records of one message, each under its platform's own source name. */
function decodeMessage(message: WireMessage, source: string, index: number, now: number): Delivered[] {
  const { bytes } = message;
  // A header of one byte would be taken for a table's; messages of the generator have none.
  const frame = { bytes, start: 1, end: bytes.length };
  const { outcomes } = decodeFrame(frame, framingOf(message), undefined, { now });
  return outcomes.map((record) => ({
    source,
    record:
      record.type === 'unusable' ? { ...record, origin: `message ${index}`, bytes: bytes.length } : record,
  }));
}

export const platformSources = (name: string, platforms: readonly Platform[]): string[] =>
  platforms.map((platform) => `${name}-${platform}`);
