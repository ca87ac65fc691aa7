import { createHash, randomBytes } from 'node:crypto';

/** First `digits` hexadecimal digits of SHA-256; for content addresses, never for names of people. */
export function sha256Hex(data: string | Uint8Array, digits = 64): string {
  return createHash('sha256').update(data).digest('hex').slice(0, digits);
}

/** A random identifier of 16 characters for runs and requests. */
export function randomId(): string {
  return randomBytes(12).toString('base64url');
}
