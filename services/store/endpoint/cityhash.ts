/**
 * CityHash128 1.0.2 in the variant of ClickHouse, the checksum of its compressed blocks. Later versions of
 * CityHash give other values. After city.cc by Geoff Pike and Jyrki Alakuijala (Google, MIT licence).
 */
const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const kMul = 0x9ddfea08eb382d69n;

type Pair = [low: bigint, high: bigint];

const wrap = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: number) =>
  by === 0 ? value : wrap((value >> BigInt(by)) | (value << BigInt(64 - by)));
const mix = (value: bigint) => value ^ (value >> 47n);

function hash16(u: bigint, v: bigint): bigint {
  const a = mix(wrap((u ^ v) * kMul));
  return wrap(mix(wrap((v ^ a) * kMul)) * kMul);
}

function hashUpTo16(data: Buffer, from: number, length: number): bigint {
  if (length > 8) {
    const a = data.readBigUInt64LE(from);
    const b = data.readBigUInt64LE(from + length - 8);
    return hash16(a, rotate(wrap(b + BigInt(length)), length)) ^ b;
  }
  if (length >= 4) {
    const a = BigInt(data.readUInt32LE(from));
    return hash16(BigInt(length) + (a << 3n), BigInt(data.readUInt32LE(from + length - 4)));
  }
  if (length === 0) return k2;
  const y = BigInt(data.readUInt8(from) + (data.readUInt8(from + (length >> 1)) << 8));
  const z = BigInt(length + (data.readUInt8(from + length - 1) << 2));
  return wrap(mix(wrap(y * k2) ^ wrap(z * k3)) * k2);
}

function weak32(data: Buffer, from: number, seedA: bigint, seedB: bigint): Pair {
  const z = data.readBigUInt64LE(from + 24);
  let a = wrap(seedA + data.readBigUInt64LE(from));
  let b = rotate(wrap(seedB + a + z), 21);
  const c = a;
  a = wrap(a + data.readBigUInt64LE(from + 8) + data.readBigUInt64LE(from + 16));
  b = wrap(b + rotate(a, 44));
  return [wrap(a + z), wrap(b + c)];
}

function murmur(data: Buffer, start: number, length: number, seed: Pair): Pair {
  let [a, b] = seed;
  let c: bigint;
  let d: bigint;
  let at = start;
  if (length <= 16) {
    a = wrap(mix(wrap(a * k1)) * k1);
    c = wrap(b * k1 + hashUpTo16(data, at, length));
    d = mix(wrap(a + (length >= 8 ? data.readBigUInt64LE(at) : c)));
  } else {
    c = hash16(wrap(data.readBigUInt64LE(at + length - 8) + k1), a);
    d = hash16(wrap(b + BigInt(length)), wrap(c + data.readBigUInt64LE(at + length - 16)));
    a = wrap(a + d);
    for (let left = length - 16; left > 0; left -= 16, at += 16) {
      a = wrap((a ^ wrap(mix(wrap(data.readBigUInt64LE(at) * k1)) * k1)) * k1);
      b ^= a;
      c = wrap((c ^ wrap(mix(wrap(data.readBigUInt64LE(at + 8) * k1)) * k1)) * k1);
      d ^= c;
    }
  }
  a = hash16(a, c);
  b = hash16(d, b);
  return [a ^ b, hash16(b, a)];
}

function long(data: Buffer, start: number, length: number, seed: Pair): Pair {
  const word = (offset: number) => data.readBigUInt64LE(offset);
  let [x, y] = seed;
  let z = wrap(BigInt(length) * k1);
  const v0 = wrap(rotate(y ^ k1, 49) * k1 + word(start));
  let v: Pair = [v0, wrap(rotate(v0, 42) * k1 + word(start + 8))];
  let w: Pair = [wrap(rotate(wrap(y + z), 35) * k1 + x), wrap(rotate(wrap(x + word(start + 88)), 53) * k1)];
  let at = start;
  let left = length;
  for (; left >= 128; left -= 128) {
    for (let half = 0; half < 2; half++, at += 64) {
      x = wrap(rotate(wrap(x + y + v[0] + word(at + 16)), 37) * k1);
      y = wrap(rotate(wrap(y + v[1] + word(at + 48)), 42) * k1);
      x ^= w[1];
      y ^= v[0];
      z = rotate(z ^ w[0], 33);
      v = weak32(data, at, wrap(v[1] * k1), wrap(x + w[0]));
      w = weak32(data, at + 32, wrap(z + w[1]), y);
      [z, x] = [x, z];
    }
  }
  y = wrap(y + rotate(w[0], 37) * k0 + z);
  x = wrap(x + rotate(wrap(v[0] + z), 49) * k0);
  for (let tail = 32; tail - 32 < left; tail += 32) {
    y = wrap(rotate(wrap(y - x), 42) * k0 + v[1]);
    w = [wrap(w[0] + word(at + left - tail + 16)), w[1]];
    x = wrap(rotate(x, 49) * k0 + w[0]);
    w = [wrap(w[0] + v[0]), w[1]];
    v = weak32(data, at + left - tail, v[0], v[1]);
  }
  x = hash16(x, v[0]);
  y = hash16(y, w[0]);
  return [wrap(hash16(wrap(x + v[1]), w[1]) + y), hash16(wrap(x + w[1]), wrap(y + v[1]))];
}

const withSeed = (data: Buffer, start: number, length: number, seed: Pair): Pair =>
  length < 128 ? murmur(data, start, length, seed) : long(data, start, length, seed);

/** The 16 bytes of the checksum as they stand before a block: low half first, both little-endian. */
export function cityHash128(data: Buffer): Buffer {
  const n = data.length;
  let hash: Pair;
  if (n >= 16) hash = withSeed(data, 16, n - 16, [data.readBigUInt64LE(0) ^ k3, data.readBigUInt64LE(8)]);
  else if (n >= 8) {
    const seed: Pair = [data.readBigUInt64LE(0) ^ wrap(BigInt(n) * k0), data.readBigUInt64LE(n - 8) ^ k1];
    hash = withSeed(Buffer.alloc(0), 0, 0, seed);
  } else hash = withSeed(data, 0, n, [k0, k1]);
  const out = Buffer.allocUnsafe(16);
  out.writeBigUInt64LE(hash[0], 0);
  out.writeBigUInt64LE(hash[1], 8);
  return out;
}
