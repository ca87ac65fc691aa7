import type { DeadLetterReason, DropReason } from '../../schemas/flow.ts';
import type { Platform, PostKind } from '../../schemas/post.ts';

/**
 * A reference to a post as the platform writes it. Where ids are unique only together with their author
 * (Bluesky), `authorId` is set and the accepted id carries a piece of the author's keyed hash.
 */
export type NativeRef = { readonly id: string; readonly authorId?: string };

/** A post as a parser understands it: still with names in it, so it never leaves `ingest`. */
export type RawPost = {
  readonly type: 'post';
  readonly platform: Platform;
  readonly ref: NativeRef;
  readonly kind: PostKind;
  readonly revision: number;
  /** Plain text: HTML and entities are already resolved. */
  readonly text: string;
  /** Language as the platform states it, if it does. */
  readonly lang?: string;
  readonly country?: string;
  readonly createdAt: number;
  readonly editedAt?: number;
  readonly edits?: readonly string[];
  readonly author: {
    readonly id: string;
    readonly followers?: number;
    readonly createdAt?: number;
    readonly automated?: boolean;
  };
  readonly replyTo?: NativeRef;
  readonly thread?: NativeRef;
  readonly repostOf?: NativeRef;
  /** Addresses that the platform gives beside the text; only their domains leave `ingest`. */
  readonly links?: readonly string[];
  readonly permalink?: string;
  readonly sensitive?: boolean;
  readonly truncated?: boolean;
};

export type RawDeletion = {
  readonly type: 'deletion';
  readonly platform: Platform;
  readonly ref?: NativeRef;
  readonly authorId?: string;
  readonly reason: 'deleted' | 'account-deleted' | 'withheld' | 'protected' | 'deactivated' | 'suspended';
  readonly at: number;
};

/** What one record of a source came to. Every record read is exactly one of these. */
export type Parsed =
  | RawPost
  | RawDeletion
  | { readonly type: 'drop'; readonly reason: DropReason }
  | {
      readonly type: 'unusable';
      readonly reason: DeadLetterReason;
      readonly origin: string;
      readonly bytes: number;
      readonly detail: string;
    };

/** A record under the name of the source that its post is accepted for; a file may hold several platforms. */
export type Delivered = { readonly source: string; readonly record: Parsed };

export type SourceBatch = {
  readonly records: readonly Delivered[];
  /** Opaque; reading from it delivers exactly what follows this batch. */
  readonly cursor: string;
};

/**
 * Where posts come from. `read` delivers every record after `cursor` exactly once, in order, at constant
 * memory; it ends when a finite source is exhausted or the signal ends. A record that cannot be
 * understood is delivered as `unusable` and the next one follows. It throws only when the source as a
 * whole cannot be read (a missing file, a refused login), as a VigilError that says what to do.
 */
export interface Source extends AsyncDisposable {
  readonly name: string;
  /** Key of its cursor in the log; the files of one configured source share a name and have a cursor each. */
  readonly cursorKey: string;
  read(cursor: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch>;
}
