import { z } from 'zod';

/** Milliseconds since 1970-01-01 UTC. */
export const millis = z.int().min(0).max(8_640_000_000_000_000);

/** `source:native-id`; the source is the configured name, the native id is the platform's (author-free). */
export const postId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}:[^\s:][^\s]{0,255}$/);

/** Name of a configured source. */
export const sourceName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/);

/** Keyed hash of an author: 32 hexadecimal digits (128 bits of HMAC-SHA256). */
export const authorHash = z.string().regex(/^[0-9a-f]{32}$/);

/** ISO 639-1 code, or `und` where the language is not determined. */
export const language = z.string().regex(/^([a-z]{2,3}|und)$/);
