import { hashOf } from './random.ts';

/** Ids as the platforms make them out of the time; `seq` tells posts of one millisecond apart. */
export type NativeIds = (at: number, seq: number) => string;

const xEpoch = 1_288_834_974_657;
const sortable = '234567abcdefghijklmnopqrstuvwxyz';
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** X's snowflakes: milliseconds since 2010-11-04, 22 bits below them. */
export const snowflake: NativeIds = (at, seq) =>
  ((BigInt(at - xEpoch) << 22n) | BigInt(seq & 0x3fffff)).toString();

/** Mastodon's: milliseconds since 1970, 16 bits below them. */
export const mastodonId: NativeIds = (at, seq) => ((BigInt(at) << 16n) | BigInt(seq & 0xffff)).toString();

/** AT Protocol record keys (TID): 53 bits of microseconds, 10 bits of a clock, in 13 sortable characters. */
export const tid: NativeIds = (at, seq) => {
  let rest = ((BigInt(at) * 1000n + BigInt(seq % 1000)) << 10n) | BigInt(Math.floor(seq / 1000) % 1024);
  let text = '';
  for (let i = 0; i < 13; i++) {
    text = (sortable[Number(rest & 31n)] as string) + text;
    rest >>= 5n;
  }
  return text;
};

/** Reddit's: base 36, growing with the time. */
export const redditId: NativeIds = (at, seq) => ((at - 1_100_000_000_000) * 64 + (seq % 64)).toString(36);

/** Discourse's: whole numbers, growing with the time. */
export const discourseId: NativeIds = (at, seq) => String((at - 1_600_000_000_000) * 64 + (seq % 64));

/** Characters of base 32 that follow from the parts; for content ids and decentralised identifiers. */
export function base32Of(length: number, ...parts: readonly (string | number)[]): string {
  let text = '';
  for (let block = 0; text.length < length; block++) {
    let bits = hashOf(block, ...parts);
    for (let i = 0; i < 6; i++, bits >>>= 5) text += base32[bits & 31] as string;
  }
  return text.slice(0, length);
}
