import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { blank } from '../../services/infer/blank.ts';
import { createTokeniser } from '../../services/infer/tokenise.ts';
import { bundleFolder } from './world.ts';

// Lines and hashes are those of training/vigil_training/tokenizer_lines.py, draw by draw. The file is made by
// `python -m vigil_training.tokenizer_lines models/vigil-minilm --out test/infer/tokenise-lines.json`.
const golden = z
  .object({ seed: z.int(), lines: z.int(), block: z.int(), hashes: z.array(z.string()) })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'tokenise-lines.json'), 'utf8')));

const words = (
  'Sertraline,dizzy,MIGRAINE,can\'t,2x,50mg,naïve,crème,ΟΔΟΣ,Straße,İstanbul,ﬁne,½,don’t,@some.one,' +
  '#SideEffects,https://a.b/c?d=e#f,http,[link],[email],[SEP],[MASK],[,RT,vaccine,ok…,&amp;,<b>,' +
  'antidisestablishmentarianism,(yes),e\u0301te\u0301,o\u0308\u0323,लड़की,שלום,مرحبا,日本語,한국어'
).split(','); // prettier-ignore
const joins = [' ', ' ', ' ', ' ', ' ', '', '  ', ', ', '\n', '\t', '\u00a0', '\u200d', '\u0301', '\ufe0f'];
const ranges = [
  [0x1f300, 0x1f6ff], [0x1f900, 0x1faff], [0x1f1e6, 0x1f1ff], [0x2600, 0x27bf],
  [0x300, 0x36f], [0x41, 0x7a], [0xc0, 0x24f], [0x1e00, 0x1eff], [0x590, 0x5ff], [0x600, 0x6ff],
  [0x750, 0x77f], [0x8a0, 0x8ff], [0xfb1d, 0xfdff], [0xfe70, 0xfeff], [0x370, 0x52f],
  [0x900, 0xdff], [0xe00, 0xeff], [0x1100, 0x11ff], [0xac00, 0xd7a3], [0x3040, 0x30ff],
  [0x4e00, 0x9fff], [0x2000, 0x206f], [0x20, 0x7e], [0, 0xff], [0xff00, 0xffef],
  [0x1d400, 0x1d7ff], [0xfe00, 0xfe0f], [0x1ab0, 0x1aff], [0x1dc0, 0x1dff],
  [0x1700, 0x1bff], [0xa640, 0xabff], [0x10a00, 0x11fff], [0x1e000, 0x1e9ff],
  [0, 0xd7ff], [0xe000, 0xffff], [0x10000, 0x1ffff], [0x20000, 0x10ffff],
] as const; // prettier-ignore

function* lines(count: number, seed: number): Generator<string> {
  let state = seed >>> 0;
  const draw = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (let line = 0; line < count; line++) {
    let text = '';
    for (let part = 1 + draw(12); part > 0; part--) {
      if (draw(3) === 0) text += words[draw(words.length)] ?? '';
      else {
        const [first, last] = ranges[draw(ranges.length)] ?? [0, 0];
        for (let left = 1 + draw(5); left > 0; left--) {
          text += String.fromCodePoint(first + draw(last - first + 1));
        }
      }
      text += joins[draw(joins.length)] ?? '';
    }
    yield text;
  }
}

test('gives the ids of the library in Python on 100,000 lines of every script', () => {
  const tokeniser = createTokeniser(readFileSync(join(bundleFolder, 'tokenizer.json'), 'utf8'));
  const found: string[] = [];
  let hash = createHash('sha256');
  let count = 0;
  for (const line of lines(golden.lines, golden.seed)) {
    const { ids } = tokeniser.encode(blank(line));
    hash.update(Int32Array.of(ids.length + 2, tokeniser.first, ...ids, tokeniser.last));
    if (++count % golden.block === 0) {
      found.push(hash.digest('hex').slice(0, 16));
      hash = createHash('sha256');
    }
  }
  expect(golden.lines).toBe(100_000);
  expect(found).toEqual(golden.hashes);
});
