const multiplier = 0x9e3779b1;

/** Whether a UTF-16 unit is part of a word: letters and marks, but neither digits, punctuation nor emoji. */
function isLetter(code: number): boolean {
  if (code < 128) return code >= 97 && code <= 122;
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba;
  if (code >= 0x2000 && code <= 0x2bff) return false; // punctuation, symbols, arrows, dingbats
  if (code >= 0x3000 && code <= 0x3004) return false;
  if (code >= 0x3008 && code <= 0x3020) return false;
  if (code >= 0xd800 && code <= 0xf8ff) return false; // emoji and other pairs, private use
  if (code >= 0xfe00 && code <= 0xfe6f) return false;
  if (code >= 0xff00 && code <= 0xff20) return false;
  return code !== 0xd7 && code !== 0xf7 && code !== 0xfeff;
}

/** Two independent 32-bit hashes of a run of units, as 16 hexadecimal digits (murmur3's mixing). */
function createHash64() {
  let a = 0x243f6a88;
  let b = 0x85a308d3;
  return {
    add(unit: number) {
      a = Math.imul(a ^ unit, 0xcc9e2d51);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ unit, multiplier);
      b = (b << 15) | (b >>> 17);
      b = (b + a) | 0;
    },
    digest(): string {
      const mixed = [a, b].map((part) => {
        let hash = part ^ (part >>> 16);
        hash = Math.imul(hash, 0x85ebca6b);
        hash ^= hash >>> 13;
        hash = Math.imul(hash, 0xc2b2ae35);
        return (hash ^ (hash >>> 16)) >>> 0;
      });
      return mixed.map((part) => part.toString(16).padStart(8, '0')).join('');
    },
  };
}

const noise = /^rt @user:?|@user|\[(?:link|email|phone)\]/g;

/**
 * Cluster of a masked text: posts whose texts are the same once handles, links, `RT`, case, punctuation,
 * digits and blanks are taken out share it. A text without letters is compared as it is.
 */
export function clusterOf(text: string): string {
  const lower = text.toLowerCase();
  const words = lower.includes('@') || lower.includes('[') ? lower.replace(noise, ' ') : lower;
  const hash = createHash64();
  let letters = 0;
  let gap = false;
  for (let at = 0; at < words.length; at++) {
    const code = words.charCodeAt(at);
    if (isLetter(code)) {
      if (gap && letters > 0) hash.add(32);
      gap = false;
      letters++;
      hash.add(code);
    } else if (code !== 39 && code !== 0x2019) gap = true; // "don't" is "dont"
  }
  if (letters === 0) for (let at = 0; at < text.length; at++) hash.add(text.charCodeAt(at) + 65_536);
  return hash.digest();
}
