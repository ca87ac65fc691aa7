import type { DeadLetterReason, DropReason } from '../../../../schemas/flow.ts';
import type { Platform } from '../../../../schemas/post.ts';
import type { RawDeletion, RawPost } from '../../source.ts';
import type { Json } from '../text/fields.ts';

/** What a parser makes of one record; the reader adds where an unusable one lies. */
export type Outcome =
  | RawPost
  | RawDeletion
  | { readonly type: 'drop'; readonly reason: DropReason }
  | { readonly type: 'unusable'; readonly reason: DeadLetterReason; readonly detail: string };

export type ParseContext = {
  /** Milliseconds since 1970 UTC; stands in where a record does not say when it happened. */
  readonly now: number;
};

/** One shape of JSON message. A parser is pure, never throws and answers once for every record inside. */
export type Format = {
  readonly platform: Platform;
  /** Whether the message is of this shape, by its keys; cheap, and never true for another format's message. */
  matches(value: Json): boolean;
  /** The records of one message: one for most, as many as there are posts for a response page. */
  parse(value: Json, context: ParseContext): Outcome[];
};

export const dropped = (reason: DropReason): Outcome => ({ type: 'drop', reason });

export const unusable = (reason: DeadLetterReason, detail: string): Outcome => ({
  type: 'unusable',
  reason,
  detail,
});
