import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must never be written anywhere but where posts belong; each format has marks of its own. */
export type Marks = {
  /** In the text of the post: belongs in tables and findings, and nowhere else. */
  readonly text: string;
  /** Of people: belong nowhere. */
  readonly people: readonly string[];
};

const number = '+1 202 555 01';
const formats = [
  'xnew',
  'xold',
  'sky',
  'tusk',
  'comment',
  'forum',
  'rss',
  'atom',
  'lines',
  'comma',
  'tabs',
] as const;
type Format = (typeof formats)[number];

const parts = (format: Format) => {
  const at = 10 + formats.indexOf(format);
  return {
    text: `zqtext${format}`,
    author: `zqauthor${format}`,
    shown: `Zqshown${format}`,
    mentioned: `zqmention${format}`,
    address: `zqmail${format}@zqhost${format}.example`,
    phone: `${number}${at}`,
  };
};

export const marksOf = (format: Format): Marks => {
  const { text, author, shown, mentioned, address, phone } = parts(format);
  const [user = '', host = ''] = address.split('@');
  return { text, people: [author, shown, mentioned, user, host, phone] };
};

const textOf = (format: Format): string => {
  const { text, mentioned, address, phone } = parts(format);
  return `zoloft gave me horrible nightmares ${text} @${mentioned} write to ${address} or call ${phone}`;
};

const time = '2025-03-04T05:06:07.000Z';
const seconds = 1_741_064_767;
const html = (text: string): string => `<p>${text}</p>`;
const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** One good record of each format. */
const records: Record<Format, () => string> = {
  xnew() {
    const { author, shown } = parts('xnew');
    return JSON.stringify({
      data: {
        id: '1900000000000000001',
        author_id: '77',
        created_at: time,
        text: textOf('xnew'),
        lang: 'en',
        edit_history_tweet_ids: ['1900000000000000001'],
      },
      includes: { users: [{ id: '77', username: author, name: shown, created_at: time }] },
    });
  },
  xold() {
    const { author, shown } = parts('xold');
    const id = '860000000000000001';
    return JSON.stringify({
      created_at: 'Tue Mar 04 05:06:07 +0000 2025',
      id: 0,
      id_str: id,
      text: textOf('xold'),
      truncated: false,
      lang: 'en',
      user: {
        id: 78,
        id_str: '78',
        screen_name: author,
        name: shown,
        protected: false,
        created_at: 'Mon Apr 05 09:00:00 +0000 2010',
      },
    });
  },
  sky() {
    const { author } = parts('sky');
    return JSON.stringify({
      did: `did:web:${author}`,
      time_us: seconds * 1e6,
      kind: 'commit',
      commit: {
        rev: 'r',
        operation: 'create',
        rkey: '3l',
        collection: 'app.bsky.feed.post',
        cid: 'c',
        record: { $type: 'app.bsky.feed.post', createdAt: time, langs: ['en'], text: textOf('sky') },
      },
    });
  },
  tusk() {
    const { author, shown } = parts('tusk');
    const account = {
      id: '9',
      username: author,
      acct: `${author}@zqhosttusk.example`,
      display_name: shown,
      url: `https://zqhosttusk.example/@${author}`,
      bot: false,
      created_at: time,
    };
    return `event: update\ndata: ${JSON.stringify({ id: '1', created_at: time, visibility: 'public', language: 'en', content: html(textOf('tusk')), url: `https://zqhosttusk.example/@${author}/1`, reblog: null, edited_at: null, account })}\n`;
  },
  comment() {
    const { author } = parts('comment');
    return JSON.stringify({
      id: 'c1',
      author,
      body: textOf('comment'),
      created_utc: seconds,
      edited: false,
      link_id: 't3_s',
      parent_id: 't3_s',
      permalink: '/r/t/comments/s/x/c1/',
      subreddit: 'T',
      subreddit_id: 't5_1',
      retrieved_on: seconds,
    });
  },
  forum() {
    const { author, shown } = parts('forum');
    const post = {
      id: 1,
      username: author,
      name: shown,
      user_id: 5,
      created_at: time,
      updated_at: time,
      cooked: html(textOf('forum')),
      post_number: 1,
      post_type: 1,
      topic_id: 1,
      topic_slug: 's',
      version: 1,
      hidden: false,
      user_deleted: false,
      deleted_at: null,
      reply_to_post_number: null,
    };
    return JSON.stringify({ post_stream: { posts: [post] }, id: 1, title: 'T', slug: 's' });
  },
  rss() {
    const { author } = parts('rss');
    const item = `<item><title>T</title><link>https://a.example.org/author/${author}</link><guid>g</guid><pubDate>Tue, 04 Mar 2025 05:06:07 +0000</pubDate><dc:creator>${author}</dc:creator><description>${xml(textOf('rss'))}</description></item>`;
    return `<?xml version="1.0"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel><title>F</title><link>https://f.example.org/</link>${item}`;
  },
  atom() {
    const { author } = parts('atom');
    const entry = `<entry><title>T</title><id>tag:a.example.org,2025:1</id><author><name>${author}</name></author><published>${time}</published><updated>${time}</updated><content type="html">${xml(html(textOf('atom')))}</content></entry>`;
    return `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><id>tag:n.example.org,2025:0</id><updated>${time}</updated>${entry}`;
  },
  lines: () =>
    JSON.stringify({
      id: '1',
      text: textOf('lines'),
      user: parts('lines').author,
      created_at: time,
      language: 'en',
    }),
  comma: () => `id,author,created,text,lang\r\n1,${parts('comma').author},${time},"${textOf('comma')}",en`,
  tabs: () => `id\tauthor\tcreated\ttext\tlang\n1\t${parts('tabs').author}\t${time}\t${textOf('tabs')}\ten`,
};

const names: Record<Format, string> = {
  xnew: 'xnew.ndjson',
  xold: 'xold.ndjson',
  sky: 'sky.ndjson',
  tusk: 'tusk.sse',
  comment: 'comment.ndjson',
  forum: 'forum.json',
  rss: 'rss.xml',
  atom: 'atom.xml',
  lines: 'lines.ndjson',
  comma: 'comma.csv',
  tabs: 'tabs.tsv',
};

/** Broken in every way that a parser has words for, each with the marks in it. */
function broken(format: Format): Buffer[] {
  const good = records[format]()
    .replace(/^event: update\n/, '')
    .trim();
  const words = textOf(format);
  if (format === 'rss' || format === 'atom') return [Buffer.from(`<item><title>${words}</titl`)];
  if (format === 'forum') return [];
  if (format === 'comma' || format === 'tabs') {
    return [
      Buffer.from(`2,${words}`),
      Buffer.from(`3\t${words}\tnot a time ${words}\t${words}`),
      Buffer.from(`4,a,"${words}`),
    ];
  }
  const frame = (bytes: string): Buffer =>
    Buffer.from(format === 'tusk' ? `event: update\ndata: ${bytes}\n` : bytes);
  const wrong = frame(JSON.stringify({ text: words, user: parts(format).author }));
  return [
    frame(good.replace('data: ', '').slice(0, -20)),
    frame(words),
    frame(`{"${words}": ${words}}`),
    wrong,
    Buffer.concat([wrong.subarray(0, -6), Buffer.from([0xff]), wrong.subarray(-6)]),
    frame(`${'['.repeat(5000)}"${words}"${']'.repeat(5000)}`),
    frame(JSON.stringify({ text: words.repeat(300), user: parts(format).author })),
    frame(
      JSON.stringify({
        id: [words],
        text: { words },
        created_at: words,
        author: words,
        body: [words],
        created_utc: words,
      }),
    ),
  ];
}

export type MarkedFile = { readonly format: Format; readonly path: string; readonly marks: Marks };

/** Writes one file per format, each with one good record and some that cannot be used. */
export function writeMarked(folder: string): MarkedFile[] {
  mkdirSync(folder, { recursive: true });
  return formats.map((format) => {
    const path = join(folder, names[format]);
    const separator = Buffer.from('\n');
    const all = [Buffer.from(records[format]()), ...broken(format)];
    writeFileSync(path, Buffer.concat(all.flatMap((part) => [part, separator])));
    return { format, path, marks: marksOf(format) };
  });
}
