import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blank } from '../../services/infer/blank.ts';
import { createTokeniser } from '../../services/infer/tokenise.ts';
import { windowsOf } from '../../services/infer/window.ts';
import { bundleFolder } from './world.ts';

const json = readFileSync(join(bundleFolder, 'tokenizer.json'), 'utf8');
const tokeniser = createTokeniser(json);
const names = new Map(
  Object.entries((JSON.parse(json) as { model: { vocab: Record<string, number> } }).model.vocab).map(
    ([piece, id]) => [id, piece],
  ),
);
const library = new Tokenizer(JSON.parse(json) as object, { tokenizer_class: 'BertTokenizer' });

const fragments = [
  'sertraline', 'Dizzy', 'café', 'e\u0301te\u0301', 'naïve', '😵‍💫', '🤢', '🦵🏿', '日本語', 'この薬', 'שלום', 'ǅ', 'ﬁ',
  '½', 'İ', '\u212a', ' ', '\r\n', '\t', '\u00a0', '\u2003', '\u200b', '\u00ad', '\u0000', '\u0007', '.', "'", '#', '@user',
  '[link]', '[SEP]', '[MASK]', '[', '5"', '한국', '𝓯𝓪', '\ud83d', '\ude35', 'x'.repeat(120), '<b>', '&amp;', '≮', '\u037e',
]; // prettier-ignore
const texts = fc.oneof(
  fc.array(fc.constantFrom(...fragments), { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

describe('tokenise', () => {
  test('gives the ids of the library', () => {
    // The library lower-cases a final sigma by its word and leaves lone surrogates in; a Greek word or half
    // a character is no question of ours.
    const comparable = fc
      .array(fc.constantFrom(...fragments.filter((part) => part.isWellFormed())), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(comparable, (text) => {
        const { ids } = library.encode(text);
        expect([tokeniser.first, ...tokeniser.encode(text).ids, tokeniser.last]).toEqual([...ids]);
      }),
      { numRuns: 1500 },
    );
  });

  test('offsets lie inside the text, never go back, and stand for their pieces', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { ids, starts, ends, heads } = tokeniser.encode(text);
        let before = 0;
        ids.forEach((id, i) => {
          const start = starts[i] ?? -1;
          const end = ends[i] ?? -1;
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          const piece = (names.get(id) ?? '').replace(/^##/, '');
          if (piece !== '[UNK]' && /^[\x20-\x7e]+$/.test(text.slice(start, end))) {
            expect(text.slice(start, end).toLowerCase()).toBe(
              piece.startsWith('[') ? piece.toLowerCase() : piece,
            );
          }
          if (heads[i] === 0) expect(names.get(id)?.startsWith('##')).toBe(true);
          before = start;
        });
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    [
      'accents',
      'Café au lait',
      [
        ['cafe', 0, 4],
        ['au', 5, 7],
        ['lai', 8, 11],
        ['##t', 11, 12],
      ],
    ],
    [
      'combining marks',
      'cafe\u0301s e\u0301',
      [
        ['cafes', 0, 6],
        ['e', 7, 8],
      ],
    ],
    [
      'ideographs stand alone',
      '本い x',
      [
        ['本', 0, 1],
        ['い', 1, 2],
        ['x', 3, 4],
      ],
    ],
    [
      'an unknown word is one piece',
      'so 😵‍💫 sick',
      [
        ['so', 0, 2],
        ['[UNK]', 3, 8],
        ['sick', 9, 13],
      ],
    ],
    [
      'line ends',
      'a\r\nb',
      [
        ['a', 0, 1],
        ['b', 3, 4],
      ],
    ],
    [
      'hard spaces',
      '\u00a0a\u2003\u2003b\u00a0',
      [
        ['a', 1, 2],
        ['b', 4, 5],
      ],
    ],
    [
      'what vanishes inside a word',
      'oxy\u00adcodone',
      [
        ['ox', 0, 2],
        ['##y', 2, 3],
        ['##co', 4, 6],
        ['##don', 6, 9],
        ['##e', 9, 10],
      ],
    ],
    [
      'half a character',
      'a\ud83d b',
      [
        ['a', 0, 1],
        ['b', 3, 4],
      ],
    ],
    ['nothing', ' \n ', []],
  ] as const)('%s', (_, text, expected) => {
    const { ids, starts, ends } = tokeniser.encode(text);
    expect([...ids].map((id, i) => [names.get(id), starts[i], ends[i]])).toEqual(expected);
  });

  test('a limit cuts, and says so only when something is left', () => {
    expect(tokeniser.encode('one two three', 2)).toMatchObject({ cut: true });
    expect(tokeniser.encode('one two  ', 2)).toMatchObject({ cut: false });
    expect(tokeniser.encode('one two three', 2).ids).toEqual(tokeniser.encode('one two').ids);
  });

  test('windows cover every piece, overlap, and keep the length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), (words) => {
        const encoding = tokeniser.encode('ill '.repeat(words));
        const windows = windowsOf(encoding, tokeniser, 128);
        let covered = 0;
        for (const { ids, from, count } of windows) {
          expect(ids.length).toBe(count + 2);
          expect(ids.length).toBeLessThanOrEqual(128);
          expect(from === 0 || covered - from === 32).toBe(true);
          covered = from + count;
        }
        expect(covered).toBe(words);
      }),
    );
  });

  test('an odd tokeniser file is refused with advice', () => {
    expect(() => createTokeniser('{')).toThrow(/no JSON/);
    expect(() =>
      createTokeniser(json.replace(/"model":\s*\{\s*"type":\s*"WordPiece"/, '"model":{"type":"BPE"')),
    ).toThrow(/model\.type.*WordPiece/);
  });
});

describe('blank', () => {
  test.each([
    ['@user hi @a.b-c', '      hi       '],
    ['see [link] or [email], [phone]', 'see        or        ,        '],
    ['https://a.b/c#d x http y https xhttp', '                x      y       xhttp'],
    ['@http://x', '@        '],
    ['#tired [links]', ' tired [links]'],
  ])('%s', (text, expected) => {
    expect(blank(text)).toBe(expected);
  });

  test('keeps the length of any text', () => {
    fc.assert(fc.property(texts, (text) => blank(text).length === text.length));
  });
});
