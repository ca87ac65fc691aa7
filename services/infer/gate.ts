import { blank } from './blank.ts';

export type GateWeights = {
  /** One signed byte for each value of the hash's lowest bits; its length is a power of two. */
  readonly weights: Int8Array;
  readonly scale: number;
  readonly bias: number;
  /** Scores from here on pass. */
  readonly threshold: number;
};

export type GateScore = { readonly score: number; readonly features: number };

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;
const kelvin = 0x212a;
const dottedI = 0x130;

/** For each ASCII code the code of its lower-case letter or digit, or 0 where the character separates. */
const lower = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : 0;
});

/**
 * The cheap classifier before the encoder: a linear model over hashed words and pairs of neighbouring
 * words (feature hashing, Weinberger et al. 2009), with FNV-1a of 32 bits, each distinct feature once.
 * Works on character codes and allocates nothing that grows with the text, because nearly every post of
 * a stream ends here. Its twin is the training package's gate; the goldens prove that both agree.
 */
export function createGate(model: GateWeights): (text: string) => GateScore {
  const { weights, scale, bias } = model;
  const mask = weights.length - 1;
  // The features of the present text: an open hash table that is emptied by counting `round` up.
  let size = 1024;
  let keys = new Uint32Array(size);
  let rounds = new Uint32Array(size);
  let round = 0;
  let features = 0;
  let sum = 0;

  const grow = (): void => {
    const old = { size, keys, rounds };
    size *= 2;
    keys = new Uint32Array(size);
    rounds = new Uint32Array(size);
    for (let i = 0; i < old.size; i++) if (old.rounds[i] === round) place(old.keys[i] ?? 0);
  };
  /** Whether the hash was new in this text. */
  const place = (hash: number): boolean => {
    let slot = (hash ^ (hash >>> 15)) & (size - 1);
    while (rounds[slot] === round) {
      if (keys[slot] === hash) return false;
      slot = (slot + 1) & (size - 1);
    }
    rounds[slot] = round;
    keys[slot] = hash;
    return true;
  };
  const count = (hash: number): void => {
    if (!place(hash >>> 0)) return;
    sum += weights[hash & mask] ?? 0;
    if (++features * 2 > size) grow();
  };

  return (text) => {
    const blanked = blank(text);
    if (++round === 0xffffffff) {
      rounds.fill(0);
      round = 1;
    }
    sum = 0;
    features = 0;
    let word = offsetBasis;
    let pair = 0;
    let inside = false;
    let hasPair = false;
    for (let i = 0; i <= blanked.length; i++) {
      const code = i < blanked.length ? blanked.charCodeAt(i) : 0;
      let letter = 0;
      if (code < 128) letter = lower[code] ?? 0;
      // The two characters outside ASCII whose lower case begins with an ASCII letter.
      else if (code === kelvin) letter = 0x6b;
      else if (code === dottedI) letter = 0x69;
      if (letter !== 0) {
        word = Math.imul(word ^ letter, prime);
        if (hasPair) pair = Math.imul(pair ^ letter, prime);
        inside = true;
      }
      // Lower case of the dotted capital I goes on with a combining dot, which separates.
      if (inside && (letter === 0 || code === dottedI)) {
        count(word);
        if (hasPair) count(pair);
        pair = Math.imul(word ^ 0x20, prime);
        hasPair = true;
        word = offsetBasis;
        inside = false;
      }
    }
    return { score: bias + scale * sum, features };
  };
}

/**
 * Whether a post belongs to the slice of refused ones that are analysed all the same. Depends on the id
 * alone, so that a post that is handed out again gets the same verdict.
 */
export function inSample(id: string, share: number): boolean {
  if (share <= 0) return false;
  let hash = offsetBasis;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), prime);
  // Final mixing of MurmurHash3: neighbouring ids must not fall into the slice together.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000 < share;
}
