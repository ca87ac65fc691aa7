import type { DropReason } from '../../schemas/flow.ts';
import type { RawPost } from './source.ts';

export type ValidationLimits = {
  /** UTF-16 units of text. */
  readonly maxTextLength: number;
};

/** The first platform's first post is younger than this; an earlier date is a broken one. */
const earliest = Date.UTC(1990, 0, 1);
/** How far a platform's clock may run ahead of ours. */
const aheadMs = 86_400_000;
/** Native ids become part of a key, so they hold neither blanks nor colons in front. */
export const isNativeId = (id: string): boolean => /^[^\s:][^\s]{0,240}$/.test(id) && id.isWellFormed();

/** Why a post is left out, or undefined for one that goes on. */
export function validate(post: RawPost, now: number, limits: ValidationLimits): DropReason | undefined {
  if (!isNativeId(post.ref.id)) return 'no-id';
  if (post.author.id === '') return 'no-author';
  if (!(post.createdAt >= earliest && post.createdAt <= now + aheadMs)) return 'bad-time';
  if (post.text.length > limits.maxTextLength) return 'too-long';
  return post.text.trim() === '' ? 'no-text' : undefined;
}
