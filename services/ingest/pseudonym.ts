import { hash } from 'node:crypto';
import type { Platform, Post } from '../../schemas/post.ts';
import type { RawPost } from './source.ts';

const yearMs = 365.25 * 86_400_000;

/** Platforms on which an author's id means the same person wherever it was read. */
const worldwide: ReadonlySet<Platform> = new Set(['x', 'bluesky', 'mastodon', 'reddit']);

export type Pseudonyms = {
  /** 32 hexadecimal digits of HMAC-SHA256 over the platform (or the source, where ids are local) and the id. */
  hashOf(platform: Platform, source: string, authorId: string): string;
};

const cacheSize = 20_000;
const blockBytes = 64;

/**
 * HMAC-SHA256 (RFC 2104) for a key of at most 64 bytes, as hexadecimal digits. Spelled out because Node's
 * `createHmac` costs three times as much for a message this short.
 */
export function createHmacSha256(key: Uint8Array): (message: string) => string {
  const inner = Buffer.alloc(4096, 0x36);
  const outer = Buffer.alloc(blockBytes + 32, 0x5c);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (message) => {
    const fits = message.length * 3 <= inner.length - blockBytes;
    const bytes = fits ? undefined : Buffer.from(message);
    const written = bytes ? 0 : inner.write(message, blockBytes);
    const input = bytes
      ? Buffer.concat([inner.subarray(0, blockBytes), bytes])
      : inner.subarray(0, blockBytes + written);
    hash('sha256', input, 'buffer').copy(outer, blockBytes);
    return hash('sha256', outer, 'hex');
  };
}

/** Keyed hashes of authors. Without the key nobody can go from a known name to its hash. */
export function createPseudonyms(key: Uint8Array): Pseudonyms {
  const hmac = createHmacSha256(key);
  const cache = new Map<string, string>();
  return {
    hashOf(platform, source, authorId) {
      const subject = `${worldwide.has(platform) ? platform : `${platform}/${source}`}\u0000${authorId}`;
      const known = cache.get(subject);
      if (known !== undefined) return known;
      const pseudonym = hmac(subject).slice(0, 32);
      if (cache.size >= cacheSize) cache.clear();
      cache.set(subject, pseudonym);
      return pseudonym;
    },
  };
}

function followersBucket(followers: number | undefined): Post['author']['followers'] {
  if (followers === undefined || !(followers >= 0)) return 'unknown';
  if (followers < 100) return '0-99';
  if (followers < 1000) return '100-999';
  if (followers < 10_000) return '1k-9k';
  return followers < 100_000 ? '10k-99k' : '100k+';
}

function ageBucket(joined: number | undefined, createdAt: number): Post['author']['ageYears'] {
  if (joined === undefined || !(joined >= 0) || joined > createdAt) return 'unknown';
  const years = (createdAt - joined) / yearMs;
  if (years < 1) return '<1';
  return years < 5 ? '1-4' : '5+';
}

/** What is kept of an author: the keyed hash, and facts in buckets. */
export function pseudonymise(post: RawPost, source: string, pseudonyms: Pseudonyms): Post['author'] {
  const { id, followers, createdAt, automated } = post.author;
  return {
    hash: pseudonyms.hashOf(post.platform, source, id),
    followers: followersBucket(followers),
    ageYears: ageBucket(createdAt, post.createdAt),
    automated: automated ?? false,
  };
}
