import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Refusal } from './errors.ts';

const decoders: Readonly<
  Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(zlib.gunzip),
  'x-gzip': promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
  zstd: promisify(zlib.zstdDecompress),
};

/** The body of a request, unpacked; at most `maxBytes`, packed or not. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new Refusal(307, 'TOO_MANY_BYTES', `The body is larger than ${maxBytes} bytes`, 'limit');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const packed = Buffer.concat(chunks);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (packed.length === 0 || encoding === 'identity') return packed;
  const decode = decoders[encoding];
  if (!decode) {
    throw new Refusal(
      89,
      'UNKNOWN_COMPRESSION_METHOD',
      'Unknown Content-Encoding: gzip, deflate, br and zstd are understood',
      'malformed',
    );
  }
  try {
    return await decode(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Refusal(271, 'CANNOT_DECOMPRESS', 'The body cannot be unpacked', 'malformed');
  }
}
