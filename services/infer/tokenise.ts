import { z } from 'zod';
import { VigilError } from '../shared/errors.ts';
import { characterKinds as kinds, characterOf, type Character } from './characters.ts';
import { createWordPiece, type Pieces } from './wordpiece.ts';

/** The pieces of a text, without the special tokens at its ends. All arrays have one element per piece. */
export type Encoding = {
  readonly ids: Int32Array;
  /** First UTF-16 unit of the text that the piece stands for. */
  readonly starts: Int32Array;
  /** One past the last UTF-16 unit. Pieces of one ligature or syllable share its offsets. */
  readonly ends: Int32Array;
  /** 1 for the first piece of a word, 0 for those that go on with it. */
  readonly heads: Uint8Array;
  /** The text goes on behind the last piece: `limit` was reached. */
  readonly cut: boolean;
};

export type Tokeniser = {
  /** Pieces of a text that is blanked already, at most `limit` of them. */
  encode(text: string, limit?: number): Encoding;
  /** Id of the token that a sequence begins with. */
  readonly first: number;
  /** Id of the token that a sequence ends with. */
  readonly last: number;
  readonly padding: number;
};

const tokeniserFile = z.object({
  added_tokens: z.array(z.object({ id: z.int(), content: z.string().min(1) })),
  normalizer: z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.union([z.null(), z.literal(true)]),
    lowercase: z.literal(true),
  }),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
  model: z.object({
    type: z.literal('WordPiece'),
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int(),
    vocab: z.record(z.string(), z.int()),
  }),
});

const openBracket = 0x5b;
const maxWordUnits = 256; // longer than any word that is not unknown; the rest of it need not be kept

/**
 * A tokeniser from the text of a `tokenizer.json` of the BERT kind (uncased WordPiece). Ids equal those of
 * the library `tokenizers`, which has no offsets in JavaScript.
 * @throws VigilError MODEL_TOKENISER when the file is of another kind.
 */
export function createTokeniser(json: string): Tokeniser {
  const { added, vocabulary, prefix, unknown, maxCharacters } = readFile(json);
  const id = (token: string): number => {
    const found = vocabulary.get(token);
    if (found === undefined) throw unusable(`it has no token ${token}`);
    return found;
  };
  const piecesOf = createWordPiece({ vocabulary, prefix, unknown: id(unknown), maxCharacters });
  const characters = new Map<number, Character>();
  const ascii = Array.from({ length: 128 }, (_, code) => characterOf(code));
  const asciiKinds = Uint8Array.from(ascii, (character) => character.kind);
  const characterAt = (code: number): Character => {
    const known = code < 128 ? ascii[code] : characters.get(code);
    if (known !== undefined) return known;
    const made = characterOf(code);
    characters.set(code, made);
    return made;
  };

  // One set of buffers for all texts: an encoding is a copy of their first part.
  let room = 512;
  let ids = new Int32Array(room);
  let starts = new Int32Array(room);
  let ends = new Int32Array(room);
  let heads = new Uint8Array(room);
  let count = 0;
  const grow = (): void => {
    room *= 2;
    const copy = <T extends Int32Array | Uint8Array>(to: T, from: T): T => (to.set(from), to);
    ids = copy(new Int32Array(room), ids);
    starts = copy(new Int32Array(room), starts);
    ends = copy(new Int32Array(room), ends);
    heads = copy(new Uint8Array(room), heads);
  };
  const put = (piece: number, start: number, end: number, head: 0 | 1): void => {
    if (count === room) grow();
    ids[count] = piece;
    starts[count] = start;
    ends[count] = end;
    heads[count++] = head;
  };
  const putPlain = (pieces: Pieces, at: number): void => {
    let from = 0;
    for (let i = 0; i < pieces.ids.length; i++) {
      const to = pieces.ends[i] ?? 0;
      put(pieces.ids[i] ?? 0, at + from, at + to, i === 0 ? 1 : 0);
      from = to;
    }
  };

  // The word being gathered: its normalised form, and for each unit of it where it comes from.
  const wordStarts = new Int32Array(maxWordUnits);
  const wordEnds = new Int32Array(maxWordUnits);
  /** Reads one word that is not plain ASCII, or one lone character; returns where it ends in the text. */
  const slowWord = (text: string, from: number): number => {
    let word = '';
    let lastEnd = from;
    let i = from;
    while (i < text.length) {
      const code = text.codePointAt(i) ?? 0;
      const width = code > 0xffff ? 2 : 1;
      const { kind, normal } = characterAt(code);
      if (kind === kinds.alone) {
        // Behind something else it is the next call's, or begins a special token.
        if (i > from) break;
        putAlone(normal, i, i + width);
        return i + width;
      }
      if (kind === kinds.space) {
        // Passed over, so that every call gets on by at least one character.
        i += width;
        break;
      }
      if (kind === kinds.word) {
        for (let unit = 0; unit < normal.length && word.length + unit < maxWordUnits; unit++) {
          wordStarts[word.length + unit] = i;
          wordEnds[word.length + unit] = i + width;
        }
        if (word.length < maxWordUnits) word += normal;
        lastEnd = i + width;
      }
      i += width;
    }
    if (word === '') return i;
    const pieces = piecesOf(word);
    for (let piece = 0, unit = 0; piece < pieces.ids.length; piece++) {
      const next = pieces.ends[piece] ?? 0;
      const end = piece === pieces.ids.length - 1 ? lastEnd : (wordEnds[next - 1] ?? lastEnd);
      put(pieces.ids[piece] ?? 0, wordStarts[unit] ?? from, end, piece === 0 ? 1 : 0);
      unit = next;
    }
    return i;
  };
  /** A lone character is one piece, or several where its normal form has more than one part. */
  const putAlone = (normal: string, start: number, end: number): void => {
    for (const part of normal) for (const piece of piecesOf(part).ids) put(piece, start, end, 1);
  };

  const encode = (text: string, limit = Infinity): Encoding => {
    count = 0;
    let i = 0;
    while (i < text.length) {
      if (count >= limit) break;
      const code = text.charCodeAt(i);
      if (code > 127) {
        i = slowWord(text, i);
        continue;
      }
      const kind = asciiKinds[code];
      if (kind === kinds.word) {
        let end = i + 1;
        let next = text.charCodeAt(end);
        while (next < 128 && asciiKinds[next] === kinds.word) next = text.charCodeAt(++end);
        // NaN at the end of the text is neither above 127 nor a character that vanishes.
        if (next > 127 || asciiKinds[next] === kinds.gone) {
          i = slowWord(text, i);
        } else {
          putPlain(piecesOf(text.slice(i, end).toLowerCase()), i);
          i = end;
        }
      } else if (kind === kinds.alone) {
        const special =
          code === openBracket ? added.find(({ content }) => text.startsWith(content, i)) : undefined;
        const end = i + (special?.content.length ?? 1);
        if (special) put(special.id, i, end, 1);
        else put(piecesOf(text[i] ?? '').ids[0] ?? 0, i, end, 1);
        i = end;
      } else i++;
    }
    const kept = Math.min(count, limit);
    return {
      ids: ids.slice(0, kept),
      starts: starts.slice(0, kept),
      ends: ends.slice(0, kept),
      heads: heads.slice(0, kept),
      cut: count > limit || (i < text.length && text.slice(i).trim() !== ''),
    };
  };
  return { encode, first: id('[CLS]'), last: id('[SEP]'), padding: id('[PAD]') };
}

function unusable(why: string): VigilError {
  return new VigilError(
    'MODEL_TOKENISER',
    `tokenizer.json of the model bundle cannot be used: ${why}; this version reads uncased WordPiece tokenisers of the BERT kind`,
  );
}

function readFile(json: string) {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    throw unusable('it is no JSON');
  }
  const parsed = tokeniserFile.safeParse(data);
  if (!parsed.success) {
    const paths = parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 3);
    throw unusable(`unexpected ${paths.join(', ')}`);
  }
  const { model, added_tokens: added } = parsed.data;
  const odd = added.find(({ content }) => !content.startsWith('['));
  if (odd) throw unusable(`its added token ${odd.content} does not begin with [`);
  return {
    added,
    vocabulary: new Map(Object.entries(model.vocab)),
    prefix: model.continuing_subword_prefix,
    unknown: model.unk_token,
    maxCharacters: model.max_input_chars_per_word,
  };
}
