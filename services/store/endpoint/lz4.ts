/**
 * Decodes one LZ4 block (no frame) into exactly `size` bytes.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 * @throws RangeError when the block is torn or does not fill `size` bytes.
 */
export function decodeLz4(block: Buffer, size: number): Buffer {
  const out = Buffer.alloc(size);
  let from = 0;
  let to = 0;

  function lengthOf(nibble: number): number {
    if (nibble < 15) return nibble;
    let length = nibble;
    for (let byte = 255; byte === 255; length += byte) byte = block.readUInt8(from++);
    return length;
  }

  while (from < block.length) {
    const token = block.readUInt8(from++);
    const literals = lengthOf(token >> 4);
    if (from + literals > block.length || to + literals > size) throw new RangeError('LZ4 block is torn');
    block.copy(out, to, from, from + literals);
    from += literals;
    to += literals;
    if (from === block.length) break; // the last sequence has no match
    const offset = block.readUInt16LE(from);
    from += 2;
    const match = lengthOf(token & 15) + 4;
    if (offset === 0 || offset > to || to + match > size) throw new RangeError('LZ4 block is torn');
    // A match may overlap what it writes: only a copy byte by byte repeats the pattern.
    for (let i = 0; i < match; i++, to++) out[to] = out[to - offset] ?? 0;
  }
  if (to !== size) throw new RangeError('LZ4 block is torn');
  return out;
}
