import type { Platform } from '../../../schemas/post.ts';

/** One message as a platform sends it: a line, an event or a document, as text. */
export type WireMessage = { readonly platform: Platform; readonly bytes: string };

/** Messages that are handed over together, at most a batch of them. */
export type WireGroup = {
  readonly messages: readonly WireMessage[];
  /** Opaque; reading from it delivers exactly what follows this group. */
  readonly cursor: string;
};

/** A sequence of messages that can be taken up again at any group's end. */
export type WireFeed = {
  read(cursor: string | undefined, signal: AbortSignal): AsyncIterable<WireGroup>;
};
