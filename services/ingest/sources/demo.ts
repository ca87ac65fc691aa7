import { z } from 'zod';
import { sourceName } from '../../../schemas/common.ts';
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

/** How a platform sends one message. */
function framingOf({ platform, bytes }: WireMessage): Framing {
  if (platform === 'feed') return { kind: 'items', head: parseFeedHead(bytes) };
  return { kind: platform === 'mastodon' ? 'events' : 'json' };
}

/** The records of one message, under its platform's own source name. */
function decodeMessage(message: WireMessage, source: string, origin: string, now: number): Delivered[] {
  const bytes = Buffer.from(message.bytes);
  const frame = { bytes, start: 0, end: bytes.length };
  const { outcomes } = decodeFrame(frame, framingOf(message), undefined, { now });
  return outcomes.map((record) => ({
    source,
    record: record.type === 'unusable' ? { ...record, origin, bytes: bytes.length } : record,
  }));
}

/**
 * Messages that a generator makes in the platforms' own formats, through the parsers that files go
 * through, each platform under a source name of its own. A group of messages is a batch, so that whoever
 * waits for the next group sees this one at once.
 */
export function createDemoSource(config: DemoConfig, deps: SourceDeps): Source {
  const { demo, clock } = deps;
  if (!demo) {
    throw new VigilError(
      'INGEST_DEMO',
      `the source ${config.name} needs the generator of the demo, which is not running`,
    );
  }
  return {
    name: config.name,
    cursorKey: config.name,
    [Symbol.asyncDispose]: async () => {},
    async *read(from, signal): AsyncGenerator<SourceBatch> {
      for await (const { messages, cursor } of demo.read(from, signal)) {
        const now = clock.now();
        const records = messages.flatMap((message, index) =>
          decodeMessage(
            message,
            `${config.name}-${message.platform}`,
            `${config.name} message ${index + 1} of the group before ${cursor}`,
            now,
          ),
        );
        yield { records, cursor };
        if (signal.aborted) return;
      }
    },
  };
}
