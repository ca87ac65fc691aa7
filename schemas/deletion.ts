import { z } from 'zod';
import { authorHash, millis, postId, sourceName } from './common.ts';
import { versioned } from './versioned.ts';

export const deletionReasons = [
  'deleted',
  'account-deleted',
  'withheld',
  'protected',
  'deactivated',
  'suspended',
  'geo',
] as const;

export const deletionSchema = z.strictObject({
  v: z.literal(1),
  source: sourceName,
  postId: postId.nullable().describe('the post to remove, or null when the whole author is meant'),
  author: authorHash.nullable().describe('the author to remove, or null when one post is meant'),
  reason: z.enum(deletionReasons),
  at: millis.describe('when the platform says that it happened'),
  seenAt: millis,
});
/** A platform's notice that a post or an author is gone; exactly one of `postId` and `author` is set. */
export type Deletion = z.infer<typeof deletionSchema>;
export const deletion = versioned<Deletion>('Deletion', 1, deletionSchema);
