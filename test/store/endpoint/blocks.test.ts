import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cityHash128 } from '../../../services/store/endpoint/cityhash.ts';
import { methodOf, packBlocks, unpackBlocks } from '../../../services/store/endpoint/compress.ts';
import { helloBlock, isHello } from '../../../services/store/endpoint/hello.ts';
import { decodeLz4, encodeLz4 } from '../../../services/store/endpoint/lz4.ts';

/** Checksums of bytes (i * 31 + 7) % 256, as ClickHouse's drivers compute them. */
const checksums: readonly (readonly [length: number, hex: string])[] = [
  [0, '2b9ac064fc9df03d291ee592c340b53c'],
  [1, '400ece9c375be58bba1c8b474447ab05'],
  [5, 'dc3dacd99568a569d520c68aec145b95'],
  [8, 'a036812047caa4f5abe5463d5b57d43d'],
  [12, 'dccce020b1aa508448954611200d998a'],
  [16, '487f4b5675323a3f0bc6ba167a2a8ab4'],
  [17, 'a2e0b28bf64be3ae870bf0550591d6e0'],
  [31, '63edfaece5937f9b6b0dfb5401e446d6'],
  [40, '04b977f5bbae9a8aa634d4ba19c9b4ef'],
  [100, 'eeadbd97a389c149d3d358fdbd55810e'],
  [127, '418cce068adc44c2a62936b3f62c0ef3'],
  [128, '4623f3700c3c86ba0a173c6ffc56b124'],
  [144, 'a7464c883126a82c1fbb3803d5b8ed71'],
  [200, '4bf285f8a4c9b567872408584af5a0b4'],
  [300, 'c5627e7df7d1d70af2cc752337d30207'],
  [1000, '7ead727995f47f59e110c0d7aba4397f'],
];

async function pack(data: Buffer, method: 'lz4' | 'zstd' = 'lz4', blockBytes?: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(packBlocks(data, method, blockBytes)));
}

describe('checksums', () => {
  it.each(checksums)('of %i bytes', (length, hex) => {
    const data = Buffer.from(Array.from({ length }, (_, i) => (i * 31 + 7) & 255));
    expect(cityHash128(data).toString('hex')).toBe(hex);
  });
});

describe('LZ4 blocks', () => {
  /** Packed by the reference implementation. */
  const packed: readonly (readonly [name: string, raw: Buffer, hex: string])[] = [
    [
      'short matches',
      Buffer.from('abcabcabcabcabcabcabcabcabc hello hello hello hello'),
      '3f616263030005692068656c6c6f06005068656c6c6f',
    ],
    ['one long match that overlaps itself', Buffer.alloc(300), '1f000100ff14500000000000'],
  ];
  it.each(packed)('%s', (_, raw, hex) => {
    expect(decodeLz4(Buffer.from(hex, 'hex'), raw.length)).toEqual(raw);
  });

  it('of texts with much or little in common come back as they were', () => {
    const text = fc.array(fc.constantFrom('a', 'headache ', 'xyz', '\0', 'q'.repeat(300)), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, (words) => {
        const data = Buffer.from(words.join(''));
        expect(decodeLz4(encodeLz4(data), data.length)).toEqual(data);
      }),
    );
  });

  it('fail on any bytes without reading or writing beyond their bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2_000), (bytes, size) => {
        try {
          expect(decodeLz4(Buffer.from(bytes), size)).toHaveLength(size);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe('compressed blocks', () => {
  it.each(['lz4', 'zstd'] as const)('by %s come back as they were', async (method) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.integer({ min: 1, max: 700 }),
        async (bytes, size) => {
          const data = Buffer.from(bytes);
          expect(unpackBlocks(await pack(data, method, size), 5_000)).toEqual(data);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('name their method, and are no larger than they have to be', async () => {
    const text = Buffer.from('a headache after the second tablet; '.repeat(5_000));
    for (const [method, byte, share] of [
      ['lz4', 0x82, 0.05],
      ['zstd', 0x90, 0.05],
    ] as const) {
      const packed = await pack(text, method);
      expect(packed[16]).toBe(byte);
      expect(packed.length).toBeLessThan(text.length * share);
    }
    expect((await pack(randomBytes(10_000))).length).toBeLessThan(10_100);
    expect(methodOf(new URLSearchParams({ network_compression_method: 'ZSTD' }))).toBe('zstd');
    expect(methodOf(new URLSearchParams())).toBe('lz4');
  });

  it.each([
    ['a flipped bit', 40, (data: Buffer) => data.writeUInt8(data.readUInt8(30) ^ 1, 30)],
    ['a length beyond the end', 271, (data: Buffer) => data.writeUInt32LE(1e6, 17)],
    ['a size beyond the limit', 307, (data: Buffer) => data.writeUInt32LE(4e9, 21)],
  ] as const)('with %s are refused with code %i', async (_, code, spoil) => {
    const data = await pack(randomBytes(500));
    spoil(data);
    expect(() => unpackBlocks(data, 10_000)).toThrow(expect.objectContaining({ code }));
  });

  it('of any other bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        expect(() => unpackBlocks(Buffer.from(bytes), 1_000)).toThrow(
          expect.objectContaining({ name: 'Refusal' }),
        );
      }),
    );
  });
});

describe("the driver's first question", () => {
  const sql = 'SELECT displayName(), version(), revision(), timezone()';
  it('is known by its text and protocol', () => {
    const protocol = (version: string) => new URLSearchParams({ client_protocol_version: version });
    expect(isHello(sql, protocol('54485'))).toBe(true);
    expect(isHello(sql, protocol('54400'))).toBe(false);
    expect(isHello(sql, new URLSearchParams())).toBe(false);
    expect(isHello(`${sql}, file('x')`, protocol('54485'))).toBe(false);
  });

  it('is answered with revision 0, whatever the length of the time zone', () => {
    const block = helloBlock('26.7.2.1', 'x'.repeat(200));
    const at = block.indexOf('UInt32') + 'UInt32'.length;
    expect(block.subarray(at, at + 5)).toEqual(Buffer.alloc(5));
    expect(block.subarray(-202, -200)).toEqual(Buffer.from([0xc8, 0x01]));
  });
});
