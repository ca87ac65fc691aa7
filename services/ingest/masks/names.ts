/** A stretch of a text, in UTF-16 units. */
export type Stretch = { readonly start: number; readonly end: number };

const localPart = /[\p{L}\p{N}._%+'-]/u;
const maxLocal = 64;
/** Each takes a bounded run of characters where it stands, and never looks back. */
const runs = {
  name: /[\p{L}\p{N}_]{0,128}/uy,
  host: /[\p{L}\p{N}.-]{0,253}/uy,
  address: /[^\s<>"'`{}|\\^]{0,4096}/uy,
} as const;

/** One past the end of the run that begins at `at`. */
function runFrom(text: string, at: number, run: keyof typeof runs): number {
  const pattern = runs[run];
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** One past the end of a host name from `at`, without a full stop at its end; `at` where there is none. */
function hostFrom(text: string, at: number): number {
  let end = runFrom(text, at, 'host');
  while (end > at && (text[end - 1] === '.' || text[end - 1] === '-')) end--;
  return end;
}

const hasTopLevel = (host: string): boolean => /\.\p{L}{2,24}$/u.test(host);

/**
 * An e-mail address around the sign at `at`; nothing before `from` belongs to it.
 * @returns undefined where the sign stands in none.
 */
export function addressAround(text: string, at: number, from: number): Stretch | undefined {
  let start = at;
  while (start > from && at - start < maxLocal && localPart.test(text[start - 1] as string)) start--;
  if (start === at) return undefined;
  const end = hostFrom(text, at + 1);
  return hasTopLevel(text.slice(at + 1, end)) ? { start, end } : undefined;
}

/**
 * One past the end of a handle that begins with the sign at `at`: `@name`, `@name@instance`,
 * `@name.host.social`. -1 for a sign that stands for the word "at", as in `@ 8` or `@8pm`.
 */
export function handleAt(text: string, at: number): number {
  if (/^\d{1,2}(:\d\d)?(?:\s?[ap]\.?m\b|h\b|:\d\d|$|[\s,;.!?)])/i.test(text.slice(at + 1, at + 10)))
    return -1;
  let end = runFrom(text, at + 1, 'name');
  if (end === at + 1) return -1;
  // Dots and hyphens belong to a name where a further part follows: hosts, and Mastodon's and Bluesky's names.
  for (let more = end; end - at < 300; end = more) {
    if (text[end] !== '.' && text[end] !== '-') break;
    more = runFrom(text, end + 1, 'name');
    if (more === end + 1) break;
    // A new sentence without a blank in between is not a part of the name.
    if (text[end] === '.' && /^\p{Lu}\p{Ll}/u.test(text.slice(end + 1, end + 3))) break;
  }
  if (text[end] === '@' || text[end] === '\uFF20') {
    const host = hostFrom(text, end + 1);
    if (host > end + 1) end = host;
  }
  return end;
}

/** One past the end of Reddit's `u/name` at `at`, or -1. */
export function memberAt(text: string, at: number): number {
  const match = /^u\/[A-Za-z0-9_-]{2,30}/i.exec(text.slice(at, at + 34));
  return match ? at + match[0].length : -1;
}

/** Ends of domains that stand in texts without `https://`; a closed list, so that "pain.The" stays. */
const topLevels =
  /\.(?:com|org|net|edu|gov|info|biz|ly|co|io|gg|tv|me|be|gl|gd|uk|de|fr|it|es|nl|ca|au|jp|br|in|us|eu|ch|at|se|no|dk|fi|pl|pt|ie|nz|za|ru|social|app|dev|blog|news|health|online|site|xyz|shop|store|link)$/i;
/** Ends that are also English words or units; they count only with a path behind them. */
const wordLike =
  /\.(?:me|be|in|us|it|at|no|so|to|co|de|is|am|pm|es|se|au|ca|ch|link|news|health|online|site|store|shop|blog|social)$/i;

/**
 * A link at or around the character at `at`: the colon of `scheme://`, the first letter of `www.`, or the
 * first full stop of a bare domain. `named` says that the link is somebody's name (`name.bsky.social`).
 */
export function linkAt(text: string, at: number, from: number): (Stretch & { named: boolean }) | undefined {
  const code = text.charCodeAt(at);
  let start = at;
  if (code === 58) {
    if (text.charCodeAt(at + 1) !== 47 || text.charCodeAt(at + 2) !== 47) return undefined;
    while (start > from && at - start < 10 && /[a-z+]/i.test(text[start - 1] as string)) start--;
    if (start === at) return undefined;
    const end = runFrom(text, at + 3, 'address');
    return end === at + 3 ? undefined : { start, end: withoutPunctuation(text, at + 3, end), named: false };
  }
  if (code === 46) return bareDomain(text, at, from);
  if (
    !/^www\./i.test(text.slice(at, at + 4)) ||
    (at > from && /[\p{L}\p{N}]/u.test(text[at - 1] as string))
  ) {
    return undefined;
  }
  const end = runFrom(text, at + 4, 'address');
  return end < at + 6 ? undefined : { start: at, end: withoutPunctuation(text, at + 4, end), named: false };
}

/** `example.org/path` without a scheme, found at its first full stop. */
function bareDomain(text: string, at: number, from: number): (Stretch & { named: boolean }) | undefined {
  let start = at;
  while (start > from && at - start < 63 && /[\p{L}\p{N}-]/u.test(text[start - 1] as string)) start--;
  if (start === at) return undefined;
  const end = hostFrom(text, start);
  const host = text.slice(start, end);
  if (end <= at + 2 || !topLevels.test(host)) return undefined;
  if (/\.bsky\.social$/i.test(host)) return { start, end, named: true };
  if (text[end] === '/') {
    const path = runFrom(text, end, 'address');
    return { start, end: withoutPunctuation(text, end, path), named: false };
  }
  // Without a path: "pain.in" is a typing slip, "12.5.me" is no host.
  return wordLike.test(host) || !/\p{L}/u.test(host.slice(0, host.indexOf('.')))
    ? undefined
    : { start, end, named: false };
}

/** The end without the punctuation of the sentence around the link. */
function withoutPunctuation(text: string, from: number, end: number): number {
  let last = end;
  while (last > from && /[.,;:!?)\]\u2026*]/.test(text[last - 1] as string)) last--;
  return last;
}
