/** Signs that may stand between the groups of a telephone number. */
const separators = ' .-/()\u00A0\u2010\u2011\u2013';
const maxLength = 32;

type Candidate = {
  readonly groups: readonly string[];
  readonly between: readonly string[];
  readonly end: number;
};

/** The groups of digits from `at` on with at most two separators between them, and what stands between. */
function groupsFrom(text: string, at: number): Candidate {
  const groups: string[] = [];
  const between: string[] = [];
  let end = at;
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
    end = position;
    gap = '';
    while (gap.length < 3 && position < text.length && separators.includes(text[position] as string)) {
      gap += text[position++];
    }
    if (gap === '' || gap.length > 2) break;
  }
  return { groups, between, end };
}

const unit =
  /^\s?(?:%|\u00B0|mg|mcg|\u00B5g|ug|g|kg|lbs?|ml|dl|l|iu|units?|pills?|tablets?|tabs?|doses?|x|times|people|cases|deaths|patients|women|men|kids|children|days?|weeks?|months?|years?|yrs?|hours?|hrs?|minutes?|mins?|am|pm|followers|million|billion|k|km|miles|calories|kcal|steps|dollars|euros|votes|views|points|percent)\b/i;
const announced =
  /(?:\b(?:tel|telephone|phone|call|text|txt|ring|whatsapp|mobile|cell|fax|fon|dial|sms|hotline|contact)\b[^\d+(\n]{0,16})$/i;

const isYear = (group: string): boolean => group.length === 4 && /^(?:19|20)/.test(group);

/** Dates, times, ranges of years and of round numbers: groups that are numbers of their own. */
function isOrdinary(groups: readonly string[], between: readonly string[]): boolean {
  const lengths = groups.map((group) => group.length).join(' ');
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
  const lengths = groups.map((group) => group.length).join(' ');
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
  const { groups, between, end } = groupsFrom(text, start);
  const first = start + (groups[0]?.length ?? 1);
  const digits = groups.join('');
  if (digits.length < 6) return { masked: false, end: open || international ? start : first };
  // A number that is glued to letters or money is a name of something or an amount.
  const glued =
    (before >= 48 && before <= 57) ||
    (before >= 65 && before <= 90) ||
    (before >= 97 && before <= 122) ||
    ((before === 44 || before === 46) && at > 1 && /\d/.test(text[at - 2] as string)) ||
    before === 36 ||
    before === 163 ||
    before === 8364 ||
    before === 35 ||
    before === 95;
  const after = text.slice(end, end + 12);
  if (glued || /^[\p{L}_]/u.test(after) || unit.test(after)) return { masked: false, end: first };
  const context = announced.test(text.slice(Math.max(0, at - 28), at));
  const masked =
    (international && digits.length >= 7 && digits.length <= 15) ||
    (open && (between[0] ?? '').startsWith(')') && digits.length >= 8 && digits.length <= 15) ||
    (digits.length <= 15 && !isOrdinary(groups, between) && (context || looksLikePhone(groups, between)));
  return { masked, end: masked ? end : first };
}
