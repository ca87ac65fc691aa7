/** One of these beside a link, an address or a number is enough. */
const offers = new RegExp(
  [
    String.raw`\b(?:buy|order|shop|get yours|get it|book) (?:now|here|today)\b`,
    String.raw`\b(?:buy|order) (?:\S+ ){0,3}online\b`,
    String.raw`\b\d{1,2} ?% (?:off|discount)\b`,
    String.raw`\b(?:promo|discount|coupon|voucher|referral) ?codes?\b`,
    String.raw`\buse (?:my |our )?code\b`,
    String.raw`\b(?:free|fast|overnight|discreet|worldwide|express|same[- ]day) (?:shipping|delivery)\b`,
    String.raw`\blimited[- ](?:time )?offer\b`,
    String.raw`\b(?:prescriptions?|rx) in \d+ (?:minutes?|mins?)\b`,
    String.raw`\bmoney[- ]back\b`,
    String.raw`\b(?:entitled to|eligible for|claim your) (?:a |an |your )?(?:compensation|settlement|payout)\b`,
    String.raw`\b(?:today only|2 for 1|bogo)\b`,
    String.raw`(?:^| )[-−–]\d{1,2} ?%`,
    String.raw`\bwhile (?:stocks?|supplies) lasts?\b`,
    String.raw`#(?:ad|ads|sponsored|deal|deals|promo|affiliate)\b`,
  ].join('|'),
  'i',
);

/** People say such things of what they bought, too: two different ones are needed. */
const hints: readonly RegExp[] = [
  /\b(?:no|without(?: an?)?) (?:prescription|rx|script)\b/i,
  /\b(?:best|lowest|low|cheap|cheapest|wholesale|unbeatable) prices?\b/i,
  /\bonline (?:pharmacy|pharmacies|drugstore|store|shop)\b/i,
  /\b(?:discount|sale|bargain|clearance|in stock|bulk)\b/i,
  /(?:[$€£]\s?\d|\b\d+(?:[.,]\d\d)? ?(?:usd|eur|gbp|dollars?|euros?|pounds?)\b)/i,
  /\b(?:dm|message|text|call|whatsapp|telegram) (?:me|us|now|to order|for)\b/i,
  /\b(?:at|in|visit) our (?:clinic|pharmacy|shop|store|practice)\b/i,
  /\blink in (?:my |our )?bio\b/i,
  /\b(?:shipping|delivered to your door|we ship|we deliver)\b/i,
  /\b(?:telehealth|no appointment|no questions asked|100% (?:legit|genuine|original))\b/i,
];

const reach = /\[(?:link|phone|email)\]/;

/**
 * Whether a masked post is suspected of advertising: words of an offer beside a way to take it up (a link, an
 * address, a telephone number). A flag that counts leave out and a switch brings back; nothing is removed by
 * it. A text that one author posts again and again needs no rule: each text counts once.
 */
export function isAdvert(text: string, links: readonly string[]): boolean {
  if (links.length === 0 && !reach.test(text)) return false;
  if (offers.test(text)) return true;
  let found = 0;
  for (const hint of hints) if (hint.test(text) && ++found === 2) return true;
  return false;
}
