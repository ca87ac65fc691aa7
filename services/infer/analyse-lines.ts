import { isUtf8 } from 'node:buffer';
import { VigilError } from '../shared/errors.ts';

/** One line without its end, or why it is none. */
export type Line = { readonly text: string } | { readonly problem: 'not UTF-8' | 'longer than 8 MiB' };

const longest = 8 * 1024 * 1024;
const newline = 0x0a;
const carriageReturn = 0x0d;

function lineOf(bytes: Buffer): Line {
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  const line = bytes.subarray(0, end);
  return isUtf8(line) ? { text: line.toString('utf8') } : { problem: 'not UTF-8' };
}

/**
 * Lines of a stream of bytes, in constant memory: a line that is too long is passed over and told.
 * @throws VigilError ANALYSE_INPUT for text in UTF-16, where no line would make sense.
 */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let size = 0;
  let tooLong = false;
  let first = true;
  for await (const chunk of input) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (first) {
      if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
        throw new VigilError(
          'ANALYSE_INPUT',
          'the input is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)',
        );
      }
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
      first = false;
    }
    let from = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      const rest = bytes.subarray(from, end);
      tooLong ||= size + rest.length > longest;
      if (tooLong) yield { problem: 'longer than 8 MiB' };
      else yield lineOf(parts.length > 0 ? Buffer.concat([...parts, rest]) : rest);
      parts = [];
      size = 0;
      tooLong = false;
      from = end + 1;
    }
    const rest = bytes.subarray(from);
    size += rest.length;
    tooLong ||= size > longest;
    if (tooLong) parts = [];
    else if (rest.length > 0) parts.push(rest);
  }
  if (tooLong) yield { problem: 'longer than 8 MiB' };
  else if (size > 0) yield lineOf(Buffer.concat(parts));
}
