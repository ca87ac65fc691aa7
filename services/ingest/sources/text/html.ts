import { Parser } from 'htmlparser2';

const blocks = new Set(
  'address article blockquote br dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul'.split(
    ' ',
  ),
);
const unseen = new Set(['script', 'style', 'template', 'head', 'noscript', 'svg', 'iframe']);
/** Elements of HTML that never have content, hence no end tag to wait for. */
const empty = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));

/** Elements inside elements beyond which the rest is not read: the parser's time grows with the depth. */
const maxDepth = 256;

export type HtmlText = { readonly text: string; readonly links: readonly string[] };

/**
 * Plain text of a fragment of HTML, with the addresses its links point to. Block elements end a line;
 * mentions become `@user` whatever name stands in them; quotations of other people's posts (Discourse's
 * `aside.quote`) are left out, because they are not the author's words. What is nested more than 256
 * deep is cut off.
 */
export function htmlToText(html: string): HtmlText {
  if (!html.includes('<') && !html.includes('&')) return { text: html.trim(), links: [] };
  const links: string[] = [];
  let text = '';
  let depth = 0;
  let hidden = 0; // open elements since, and with, the one that hides its content
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (++depth > maxDepth) {
          parser.pause();
          return;
        }
        const classes = attributes['class'] ?? '';
        if (hidden > 0) {
          if (!empty.has(name)) hidden++;
          return;
        }
        if (blocks.has(name)) text += '\n';
        if (unseen.has(name) || (name === 'aside' && /\bquote\b/.test(classes))) hidden = 1;
        else if (name === 'a') {
          const href = attributes['href'] ?? '';
          if (/\bmention\b/.test(classes) && !/\bhashtag\b/.test(classes)) {
            text += '@user ';
            hidden = 1;
          } else if (/^https?:\/\//i.test(href) && !/\bhashtag\b/.test(classes)) links.push(href);
        }
      },
      ontext(data) {
        if (hidden === 0) text += data;
      },
      onclosetag(name) {
        depth--;
        if (hidden > 0) {
          if (!empty.has(name)) hidden--;
        } else if (blocks.has(name) && name !== 'br') text += '\n';
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  return { text: tidy(text), links };
}

/** Runs of blanks become one, lines lose their ends, at most one empty line in a row. */
function tidy(text: string): string {
  return text
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  nbsp: ' ',
};

/** Undoes the escapes that X and Reddit put into plain text. */
export function unescapeText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(amp|lt|gt|quot|nbsp|#39|#x27);/g, (whole, name: string) => entities[name] ?? whole);
}
