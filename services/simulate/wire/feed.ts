import { sha256Hex } from '../../shared/ids.ts';
import type { Item } from '../item.ts';
import { base32Of } from '../native-ids.ts';
import { escapeHtml } from './segments.ts';
import type { Encoder } from './wire.ts';

/** What stands before and after the items of a feed's document. */
export const feedHead = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Daily Otter</title><link>https://daily.example.org/</link><description>News of the invented world</description><language>en</language>
`;
export const feedTail = '</channel></rss>\n';

const addressOf = (item: Item): string => `https://daily.example.org/story/${item.id}`;

/** One item; a feed's document is the head, items and the tail. */
export const feedItem = (item: Item): string =>
  `<item><title>${escapeHtml(item.title ?? '')}</title><link>${addressOf(item)}</link><guid isPermaLink="true">${addressOf(item)}</guid><pubDate>${new Date(item.at).toUTCString()}</pubDate><dc:creator>${escapeHtml(item.account.displayName)}</dc:creator><description><![CDATA[<p>${escapeHtml(item.text)}</p>]]></description></item>\n`;

/** Items of an RSS 2.0 feed. */
export const feedEncoder: Encoder = {
  format: 'rss',
  platform: 'feed',
  newId: (at, seq) => `${at.toString(36)}${base32Of(4, seq)}`,
  precisionMs: 1000,
  edits: false,
  reposts: 'none',
  quotes: false,
  idPerVersion: false,
  // Guids are addresses; what is cited is the first 24 digits of their SHA-256.
  citedId: (item) => sha256Hex(addressOf(item), 24),
  post: (item) => ({ bytes: feedItem(item), shown: `${item.title ?? ''}\n${item.text}` }),
  deletion: () => undefined,
  accountDeletion: () => undefined,
  noise: () => undefined,
};
