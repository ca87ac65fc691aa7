/** Signs that may stand between the groups of a telephone number. */
const separators = ' .-/()\u00A0\u2010\u2011\u2013';
const maxLength = 32;

type Candidate = {
  readonly groups: readonly string[];
  readonly between: readonly string[];
  /** One past the end of each group. */
  readonly ends: readonly number[];
};

/** The groups of digits from `at` on with at most two separators between them, and what stands between. */
function groupsFrom(text: string, at: number): Candidate {
  const groups: string[] = [];
  const between: string[] = [];
  const ends: number[] = [];
  let position = at;
  for (let gap = ''; position < text.length && position - at < maxLength;) {
    const start = position;
    for (;;) {
      const code = text.charCodeAt(position);
      if (!(code >= 48 && code <= 57)) break;
      position++;
    }
    if (position === start) break;
    if (groups.length > 0) between.push(gap);
    groups.push(text.slice(start, position));
    ends.push(position);
    gap = '';
    while (gap.length < 3 && position < text.length && separators.includes(text[position] as string)) {
      gap += text[position++];
    }
    if (gap === '' || gap.length > 2) break;
  }
  return { groups, between, ends };
}

/** Digits of the longest number (ITU-T E.164). */
const maxDigits = 15;

const lengthsOf = (groups: readonly string[]): string => groups.map(({ length }) => length).join(' ');

/**
 * The first number where digits follow it that belong to something else, as in `555-123-4567 24/7` and in two
 * numbers side by side; everything where that cannot be told.
 */
function firstNumber(candidate: Candidate, international: boolean): Candidate {
  const { groups, between, ends } = candidate;
  let count = groups.length;
  const american = /^(?:1 )?3 3 4(?= )/.exec(lengthsOf(groups))?.[0];
  if (american !== undefined) {
    const own = american.split(' ').length;
    const signs = between.slice(own - 3, own - 1).join('');
    if (/[-.)]/.test(signs) && !isRound(groups.slice(0, own))) count = own;
  }
  if (international) while (count > 1 && groups.slice(0, count).join('').length > maxDigits) count--;
  return { groups: groups.slice(0, count), between: between.slice(0, count - 1), ends: ends.slice(0, count) };
}

/** A number with one of these behind it is a dose or a value of the laboratory, whatever its groups look like. */
const measure =
  /^(?:\s?\/?\s?(?:%|\u00B0|(?:mg|mcg|\u00B5g|ug|kg|ml|dl|\u00B5l|ul|mm3|mmol|iu|units?|kcal)\b)|\/?[gl]\b)/i;
/** These, too, follow numbers that count something; but words of a sentence may look like them. */
const unit =
  /^\s?(?:g|lbs?|l|pills?|tablets?|tabs?|doses?|x|times|people|cases|deaths|patients|women|men|kids|children|days?|weeks?|months?|years?|yrs?|hours?|hrs?|minutes?|mins?|am|pm|followers|million|billion|k|km|miles|calories|steps|dollars|euros|votes|views|points|percent)\b/i;
const announced =
  /(?:\b(?:tel|telephone|phone|call|text|txt|ring|whatsapp|mobile|cell|fax|fon|dial|sms|hotline|contact)\b[^\d+(\n]{0,16})$/i;

/** The word that announces a number, with nothing between them. */
const named = /\b(?:tel|telephone|phone|call|text|txt|ring|whatsapp|mobile|cell|fax|sms)$/i;

const isYear = (group: string): boolean => group.length === 4 && /^(?:19|20)/.test(group);

/** Round numbers one after the other, as in a list of amounts. */
const isRound = (groups: readonly string[]): boolean =>
  groups.length === 1 ? (groups[0] ?? '').endsWith('000') : groups.every((group) => group.endsWith('0'));

const isTimeOfDay = (group: string): boolean => /^(?:[01]\d|2[0-3])(?:[0-5]\d)?$/.test(group);

/** Dates, times, ranges of years and of round numbers: groups that are numbers of their own. */
function isOrdinary(groups: readonly string[], between: readonly string[]): boolean {
  const lengths = lengthsOf(groups);
  const gaps = new Set(between.map((gap) => gap.trim()));
  const date = /^(?:4 [12] [12]|[12] [12] [24])( [12])?$/.exec(lengths);
  // Four groups of two with the same sign between them are no date with an hour behind it.
  if (date && !gaps.has('(') && gaps.size === (date[1] === undefined ? 1 : 2)) return true;
  if (groups.length === 2 && groups.every(isYear)) return true;
  // 1.234.567 or 1 234 567
  return (
    /^[123]( 3)+$/.test(lengths) &&
    !groups[0]?.startsWith('0') &&
    lengths !== '3 3' &&
    gaps.size === 1 &&
    !gaps.has('-') &&
    groups.length > 2
  );
}

/** Whether groups of these lengths are how telephone numbers are written somewhere. */
function looksLikePhone(groups: readonly string[], between: readonly string[]): boolean {
  const digits = groups.join('');
  const lengths = lengthsOf(groups);
  const [head = ''] = groups;
  if (groups.length === 1) {
    if (digits.length < 9 || digits.length > 15) return false;
    if (head.startsWith('0')) return digits.length <= 13;
    if (/^97[89]\d{10}$/.test(digits)) return false; // a book
    return (
      (digits.length === 10 || (digits.length === 11 && head.startsWith('1'))) && !digits.endsWith('000')
    );
  }
  if (lengths === '3 3 4' || (lengths === '1 3 3 4' && head === '1')) return true;
  if (lengths === '3 4')
    return /^[-.]$/.test(between[0] ?? '') && /^[2-9]/.test(head) && !digits.endsWith('00');
  return head.startsWith('0') && head.length >= 2 && digits.length >= 8 && digits.length <= 14;
}

/** What stands around a candidate. */
type Signs = {
  readonly international: boolean;
  readonly bracketed: boolean;
  /** A word such as "call" stands shortly before it. */
  readonly announced: boolean;
  /** A letter or a sign of a name touches its beginning, which is not the announcing word. */
  readonly tied: boolean;
  /** Something touches its beginning or its end. */
  readonly touched: boolean;
};

/** Whether nothing but a telephone number looks like this, so that the words around it prove nothing. */
function isCertain({ groups, between }: Candidate, signs: Signs): boolean {
  const [head = ''] = groups;
  const count = groups.join('').length;
  if (signs.bracketed && !isYear(head)) return true;
  if (isOrdinary(groups, between) || isRound(groups)) return false;
  if (signs.international) return count >= 10;
  if (/^(?:1 )?3 3 4$/.test(lengthsOf(groups))) return true;
  if (signs.tied) return false;
  if (signs.announced) return count >= (signs.touched ? 10 : 7);
  if (groups.length < 2 || !head.startsWith('0') || count < 9) return false;
  return !groups.every(isTimeOfDay) && looksLikePhone(groups, between);
}

/** Whether it is a telephone number where nothing around it speaks against that. */
function isLikely({ groups, between }: Candidate, signs: Signs): boolean {
  if (signs.bracketed || (signs.international && groups.join('').length >= 7)) return true;
  return !isOrdinary(groups, between) && (signs.announced || looksLikePhone(groups, between));
}

/**
 * Looks for a telephone number that begins at `at` with a digit, `+` or `(`.
 * @param before the character code before `at`.
 * @returns where to go on: behind the number when it is `masked`, behind the first group otherwise.
 */
export function phoneAt(text: string, at: number, before: number): { masked: boolean; end: number } {
  const sign = text.charCodeAt(at);
  const international = sign === 43;
  const open = sign === 40;
  let start = international || open ? at + 1 : at;
  if (international && text.charCodeAt(start) === 40) start++;
  const code = text.charCodeAt(start);
  if (!(code >= 48 && code <= 57)) return { masked: false, end: at + 1 };
  const found = groupsFrom(text, start);
  const first = found.ends[0] ?? start + 1;
  const passed = { masked: false, end: first };
  if (found.groups.join('').length < 6) return open || international ? { masked: false, end: start } : passed;
  const candidate = firstNumber(found, international);
  const end = candidate.ends.at(-1) ?? first;
  const count = candidate.groups.join('').length;
  const after = text.slice(end, end + 12);
  if (count > maxDigits || isFigure(text, at, before) || measure.test(after)) return passed;
  const context = text.slice(Math.max(0, at - 28), at);
  const clings = isNameLike(before);
  const signs: Signs = {
    international,
    bracketed: open && count >= 8 && (candidate.between[0] ?? '').startsWith(')'),
    announced: announced.test(context),
    tied: clings && !named.test(context),
    touched: clings || /^[\p{L}_]/u.test(after),
  };
  const doubtful = signs.touched || unit.test(after);
  const masked = doubtful ? isCertain(candidate, signs) : isLikely(candidate, signs);
  return masked ? { masked, end } : passed;
}

/** Whether the character before says that digits are a part of a longer number, or money. */
function isFigure(text: string, at: number, before: number): boolean {
  if (before === 36 || before === 163 || before === 8364) return true;
  if (before >= 48 && before <= 57) return true;
  return (before === 44 || before === 46) && at > 1 && /\d/.test(text[at - 2] as string);
}

/** ASCII letters, `_` and `#`: what touches a number that is the name of something. */
const isNameLike = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 35;
