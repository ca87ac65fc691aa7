import type { NativeRef } from './source.ts';
import type { Platform } from '../../schemas/post.ts';
import type { Pseudonyms } from './pseudonym.ts';

/**
 * Id of a post everywhere in the system, and its key in the log: `source:native-id`. Where native ids are
 * unique per author only, eight digits of the author's keyed hash follow the native id.
 */
export function postIdOf(ref: NativeRef, source: string, platform: Platform, pseudonyms: Pseudonyms): string {
  if (ref.authorId === undefined) return `${source}:${ref.id}`;
  return `${source}:${ref.id}.${pseudonyms.hashOf(platform, source, ref.authorId).slice(0, 8)}`;
}
