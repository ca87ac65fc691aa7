import { domainOf } from './domains.ts';
import { addressAround, handleAt, linkAt, memberAt } from './masks/names.ts';
import { phoneAt } from './masks/phones.ts';

export type Masked = { readonly text: string; readonly links: readonly string[] };

/** Characters at which something to mask can begin; everything else is passed over. */
const triggers = new Uint8Array(128);
for (const sign of '@+(0123456789:wWuU.') triggers[sign.charCodeAt(0)] = 1;

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 95 ||
  code > 127;

/**
 * Masks whatever names or reaches a person: handles become `@user`, e-mail addresses `[email]`, telephone
 * numbers `[phone]`, links `[link]` with their domains returned. Doses, dates, times, ranges and ordinary
 * numbers stay. One pass from left to right; no rule looks further than a bounded stretch around its
 * trigger, so that the time is linear in the length of the text.
 */
export function mask(text: string): Masked {
  const links: string[] = [];
  let out = '';
  let kept = 0; // start of what has not been copied yet
  const put = (start: number, end: number, replacement: string): number => {
    out += text.slice(kept, start) + replacement;
    kept = end;
    return end;
  };
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code < 128 ? triggers[code] === 0 : code !== 0xff20) {
      at++;
      continue;
    }
    const before = at > kept ? text.charCodeAt(at - 1) : 32;
    if (code === 64 || code === 0xff20) {
      const address = addressAround(text, at, kept);
      if (address) {
        at = put(address.start, address.end, '[email]');
        continue;
      }
      const end = handleAt(text, at);
      at = end < 0 ? at + 1 : put(at, end, '@user');
      continue;
    }
    if (code === 58 || code === 46 || code === 119 || code === 87) {
      const link = linkAt(text, at, kept);
      if (link) {
        const domain = link.named ? undefined : domainOf(text.slice(link.start, link.end));
        if (domain !== undefined) links.push(domain);
        at = put(link.start, link.end, link.named ? '@user' : '[link]');
      } else at++;
      continue;
    }
    if (code === 117 || code === 85) {
      const end = isWord(before) ? -1 : memberAt(text, at);
      at =
        end < 0 ? at + 1 : put(text.charCodeAt(at - 1) === 47 && at - 1 >= kept ? at - 1 : at, end, '@user');
      continue;
    }
    const phone = phoneAt(text, at, before);
    if (phone.masked) at = put(at, phone.end, '[phone]');
    else at = phone.end;
  }
  return { text: kept === 0 ? text : out + text.slice(kept), links };
}
