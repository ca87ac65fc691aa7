import type { DeadLetterReason, DropReason } from '../../schemas/flow.ts';
import type { Platform, PostKind } from '../../schemas/post.ts';
import type { Account } from './accounts.ts';
import type { Draft } from './draft.ts';
import type { WireFormat } from './wire/wire.ts';

/**
 * A post by the platform's own ids. Where those are unique per author only, `authorId` is set, and the
 * accepted id is `id.` and eight digits of the author's keyed hash.
 */
export type Ref = { readonly id: string; readonly authorId?: string };

/** What reading a record must come to; `none` for bytes that are no record (heartbeats). */
export type Outcome =
  | { readonly type: 'accepted' }
  | { readonly type: 'duplicate' }
  | { readonly type: 'deletion' }
  | { readonly type: 'dropped'; readonly reason: DropReason }
  | { readonly type: 'dead-lettered'; readonly reason: DeadLetterReason }
  | { readonly type: 'none' };

/** The generator's own knowledge of a record; what tests compare the pipeline with. */
export type WorldEvent = {
  readonly seq: number;
  readonly what: 'post' | 'edit' | 'deletion' | 'account-deletion' | 'noise' | 'redelivery';
  /** Also the default name of the source. */
  readonly platform: Platform;
  readonly outcome: Outcome;
  /** The post, or undefined where an account or nothing is meant. */
  readonly ref: Ref | undefined;
  readonly author: Account | undefined;
  readonly kind: PostKind | undefined;
  /** By the platform, as exactly as the platform states it; milliseconds. */
  readonly createdAt: number;
  readonly editedAt: number | undefined;
  /** 0 for the first text, growing by one with every edit. */
  readonly version: number;
  /** As a reader of the platform sees it, before masking. */
  readonly text: string;
  readonly draft: Draft | undefined;
  readonly replyTo: Ref | undefined;
  readonly repostOf: Ref | undefined;
  /** The post of which this is a slightly changed copy by somebody else. */
  readonly copyOf: Ref | undefined;
  /** Belongs to the planted signal. */
  readonly planted: boolean;
};

/** One record as it comes over the wire. */
export type WireChunk = {
  readonly format: WireFormat;
  readonly platform: Platform;
  /** The record with its end: a line with its line feed, an event with its empty line, an item of a feed. */
  readonly bytes: string;
  /** When it comes; milliseconds since 1970 UTC. */
  readonly at: number;
  readonly event: WorldEvent;
};
