import type { Platform } from '../../../schemas/post.ts';

/** One message as a platform sends it: a line, an event or a document. */
export type WireMessage = { readonly platform: Platform; readonly bytes: Uint8Array };

/** A sequence of messages that is the same whenever it is asked for. */
export type WireFeed = {
  /** The messages after the first `from`, in groups of what is there at the time; ends when the signal does. */
  read(from: number, signal: AbortSignal): AsyncIterable<readonly WireMessage[]>;
};
