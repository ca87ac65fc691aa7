import { Parser } from 'htmlparser2';
import { sha256Hex } from '../../../shared/ids.ts';
import { editRevision, timeOf } from '../text/fields.ts';
import { htmlToText } from '../text/html.ts';
import { dropped, type Outcome, type ParseContext, unusable } from './format.ts';

/** What a feed says about itself before its first item. */
export type FeedHead = {
  readonly title: string;
  readonly link: string;
  readonly author: string;
  readonly lang: string | undefined;
  readonly time: number;
};

type Fields = { readonly texts: ReadonlyMap<string, string>; readonly link: string | undefined };

const local = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();
const maxDepth = 64;

/**
 * The children of the outermost element by name (with `content:encoded` and `dc:` names reduced to their
 * last part), each with all the text inside it; the first of a name wins.
 */
function fieldsOf(xml: string): Fields | 'too-deep' {
  const texts = new Map<string, string>();
  let link: string | undefined;
  let name = '';
  let text = '';
  let depth = 0;
  let deep = false;
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        depth++;
        if (depth > maxDepth) {
          deep = true;
          parser.pause();
        } else if (depth === 2) {
          // media:title and the like describe a picture, not the item.
          name = tag.startsWith('media:') ? '' : local(tag);
          text = '';
          const { href, rel } = attributes;
          if (name === 'link' && href !== undefined && (rel === undefined || rel === 'alternate'))
            link ??= href;
        } else if (depth > 2) {
          if (name === 'author' && local(tag) !== 'name') name = texts.has('author') ? '' : 'author-other';
          else if (name === 'author-other' && local(tag) === 'name') [name, text] = ['author', ''];
          else if (name !== 'author') text += markup.has(local(tag)) ? '\n' : '';
        }
      },
      ontext(data) {
        if (depth >= 2) text += data;
      },
      onclosetag() {
        if (depth === 2 || (depth === 3 && name === 'author')) {
          const value = text.trim();
          if (name !== '' && value !== '' && !texts.has(name)) texts.set(name, value);
          text = '';
        }
        depth--;
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return deep ? 'too-deep' : { texts, link };
}

const markup = new Set(['p', 'div', 'br', 'li', 'tr', 'td', 'h1', 'h2', 'h3', 'h4']);

const first = (texts: ReadonlyMap<string, string>, ...keys: readonly string[]): string | undefined => {
  for (const key of keys) {
    const value = texts.get(key);
    if (value !== undefined) return value;
  }
  return undefined;
};

const timeIn = (texts: ReadonlyMap<string, string>, ...keys: readonly string[]): number => {
  for (const key of keys) {
    const time = timeOf(texts.get(key));
    if (!Number.isNaN(time)) return time;
  }
  return Number.NaN;
};

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];

/** An address is kept only where nothing in it looks like somebody's name, least of all the author's. */
function authorless(address: string | undefined, author: string): string | undefined {
  if (address === undefined || address.length > 500 || !/^https?:\/\/[^\s@]+$/i.test(address))
    return undefined;
  if (/[~@]|\/(u|user|users|author|authors|profile|people|members?)\//i.test(address)) return undefined;
  const site = URL.parse(address);
  if (site === null) return undefined;
  // A publisher's own name in the host says nothing; a person's in the path does.
  const place = `${site.pathname}${site.search}`.toLowerCase();
  return wordsOf(author).some((word) => place.includes(word)) ? undefined : address;
}

/** Reads what stands before the first item of a feed; whatever is missing stays empty. */
export function parseFeedHead(xml: string): FeedHead {
  const start = xml.search(/<(?:\w+:)?(?:channel|feed)[\s>]/);
  const end = xml.search(/<(?:\w+:)?(?:item|entry)[\s>/]/);
  const own = start < 0 ? '' : xml.slice(start, end < 0 ? undefined : end);
  const fields = fieldsOf(own);
  const lang = /xml:lang\s*=\s*["']([\w-]{2,20})["']/.exec(own)?.[1];
  if (fields === 'too-deep') return { title: '', link: '', author: '', lang, time: Number.NaN };
  const { texts } = fields;
  return {
    title: first(texts, 'title') ?? '',
    link: fields.link ?? first(texts, 'link', 'id') ?? '',
    author: first(texts, 'author', 'creator') ?? '',
    lang: first(texts, 'language') ?? lang,
    time: timeIn(texts, 'updated', 'lastbuilddate', 'pubdate', 'date', 'modified'),
  };
}

/**
 * One item of RSS 0.9, 1.0, 2.0 or entry of Atom 0.3, 1.0. Items without a date take the feed's, or the
 * time of reading; without an author they are the feed's own. The id is a hash of the guid, because
 * guids are addresses and those may hold names.
 */
export function parseFeedItem(xml: string, head: FeedHead, context: ParseContext): Outcome {
  const fields = fieldsOf(xml);
  if (fields === 'too-deep') return unusable('too-deep', `elements nested more than ${maxDepth} deep`);
  const { texts } = fields;
  if (texts.size === 0 && fields.link === undefined) return unusable('missing-field', 'the item is empty');
  const link = fields.link ?? first(texts, 'link');
  const title = htmlToText(first(texts, 'title') ?? '');
  const body = htmlToText(first(texts, 'encoded', 'content', 'description', 'summary') ?? '');
  const text = [title.text, body.text === title.text ? '' : body.text]
    .filter((part) => part !== '')
    .join('\n');
  const identity = first(texts, 'guid', 'id', 'identifier') ?? link ?? text;
  if (identity === '') return dropped('no-id');

  const published = timeIn(texts, 'published', 'pubdate', 'issued', 'created', 'date');
  const updated = timeIn(texts, 'updated', 'modified');
  const stated = [published, updated].find((time) => !Number.isNaN(time));
  // The feed's own date changes whenever the feed does, so it dates nothing for good either.
  const createdAt = stated ?? (Number.isNaN(head.time) ? context.now : head.time);
  const edited = !Number.isNaN(published) && updated > published;
  const lang = first(texts, 'language') ?? head.lang;
  const author = first(texts, 'author', 'creator', 'author-other') ?? head.author;
  const permalink = authorless(link, author);
  return {
    type: 'post',
    platform: 'feed',
    ref: { id: sha256Hex(identity, 24) },
    kind: 'article',
    revision: edited ? editRevision(published, updated) : 0,
    text,
    createdAt,
    author: { id: author === '' ? `feed ${head.link || head.title}` : author.toLowerCase() },
    links: body.links,
    ...(edited ? { editedAt: updated } : {}),
    ...(lang === undefined ? {} : { lang }),
    ...(permalink === undefined ? {} : { permalink }),
  };
}
