import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { errorCode, VigilError } from '../shared/errors.ts';

export type Line = { readonly number: number; readonly text: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of a line that was read as bytes: UTF-8 where it is valid, else Latin-1, as older MedDRA files are. */
function decode(bytes: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\u0000-\u007F]*$/.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes;
  }
}

/**
 * The lines of a text file, streamed, without byte-order mark, line ends and empty lines; numbers from 1.
 * @throws VigilError `terminology.file` when the file cannot be read.
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0;
  try {
    await using file = await open(path);
    const input = file.createReadStream({ encoding: 'latin1', highWaterMark: 1 << 18, autoClose: false });
    for await (const bytes of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      const text = decode(number === 1 ? bytes.replace(/^\u00EF\u00BB\u00BF/, '') : bytes);
      if (text.trim() !== '') yield { number, text };
    }
  } catch (error) {
    if (error instanceof VigilError) throw error;
    throw new VigilError(
      'terminology.file',
      `${path} cannot be read (${errorCode(error)}); check the path and its permissions`,
      { cause: error },
    );
  }
}

/** The error for a line that does not follow its format; says where, never what stands there. */
export function badLine(path: string, line: number, what: string): VigilError {
  return new VigilError('terminology.format', `${path}, line ${line}: ${what}`);
}
