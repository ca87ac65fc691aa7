import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { cityHash128 } from './cityhash.ts';
import { Refusal } from './errors.ts';
import { decodeLz4, encodeLz4 } from './lz4.ts';

const zstd = promisify(zlib.zstdCompress);
const none = 0x02;
const lz4 = 0x82;
const zstandard = 0x90;
const checksumBytes = 16;
const headerBytes = 9;

/** Method of the blocks by the client's setting `network_compression_method`; LZ4 as on a server. */
export function methodOf(query: URLSearchParams): 'lz4' | 'zstd' {
  return query.get('network_compression_method')?.toLowerCase() === 'zstd' ? 'zstd' : 'lz4';
}

/**
 * Packs data into ClickHouse's compressed blocks (`compress=1`): a CityHash128 of what follows, the method,
 * the two lengths, the payload. Some drivers (Java's) read no method but LZ4, so it is kept to even where it
 * does not help. The event loop has its turn
 * between blocks: the checksum of one takes some milliseconds.
 */
export async function* packBlocks(
  data: Buffer,
  method: 'lz4' | 'zstd' = 'lz4',
  blockBytes = 65_536,
): AsyncGenerator<Buffer> {
  for (let from = 0; from < data.length; from += blockBytes) {
    const raw = data.subarray(from, from + blockBytes);
    const payload = method === 'zstd' ? await zstd(raw) : encodeLz4(raw);
    const body = Buffer.allocUnsafe(headerBytes + payload.length);
    body.writeUInt8(method === 'zstd' ? zstandard : lz4, 0);
    body.writeUInt32LE(body.length, 1);
    body.writeUInt32LE(raw.length, 5);
    payload.copy(body, headerBytes);
    yield Buffer.concat([cityHash128(body), body]);
    await nextTurn();
  }
}

function unpackPayload(method: number, payload: Buffer, size: number): Buffer {
  if (method === none) return payload;
  if (method === lz4) return decodeLz4(payload, size);
  if (method === zstandard) return zlib.zstdDecompressSync(payload, { maxOutputLength: Math.max(size, 1) });
  throw new RangeError('unknown method');
}

/**
 * Reads ClickHouse's compressed blocks (a body with `decompress=1`): LZ4, zstd or none.
 * @throws Refusal 40 when a checksum does not fit, 271 when a block cannot be read, 307 beyond `maxBytes`.
 */
export function unpackBlocks(data: Buffer, maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  let total = 0;
  for (let at = 0; at < data.length;) {
    const torn = new Refusal(271, 'CANNOT_DECOMPRESS', 'A compressed block of the body is torn', 'malformed');
    if (data.length - at < checksumBytes + headerBytes) throw torn;
    const length = data.readUInt32LE(at + checksumBytes + 1);
    const size = data.readUInt32LE(at + checksumBytes + 5);
    const end = at + checksumBytes + length;
    if (length < headerBytes || end > data.length) throw torn;
    total += size;
    if (total > maxBytes) throw new Refusal(307, 'TOO_MANY_BYTES', 'The body is too large', 'limit');
    const body = data.subarray(at + checksumBytes, end);
    if (!cityHash128(body).equals(data.subarray(at, at + checksumBytes))) {
      throw new Refusal(
        40,
        'CHECKSUM_DOESNT_MATCH',
        'Checksum of a compressed block does not match',
        'malformed',
      );
    }
    try {
      const raw = unpackPayload(body.readUInt8(0), body.subarray(headerBytes), size);
      if (raw.length !== size) throw torn;
      parts.push(raw);
    } catch {
      throw torn;
    }
    at = end;
  }
  return Buffer.concat(parts);
}
