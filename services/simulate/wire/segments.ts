export type Segment = { readonly kind: 'plain' | 'mention' | 'tag' | 'link'; readonly text: string };

const special =
  /(?<link>https?:\/\/\S+)|(?<mention>(?<![\w.])@[\w-]+(?:[.@][\w-]+)*)|(?<tag>(?<![\w&])#[\p{L}\p{N}_]+)/gu;

/** Cuts a text at its links, handles and hashtags. */
export function segmentsOf(text: string): Segment[] {
  if (!/[@#]|https?:/.test(text)) return [{ kind: 'plain', text }];
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(special)) {
    if (match.index > from) segments.push({ kind: 'plain', text: text.slice(from, match.index) });
    const kind = match.groups?.['link'] ? 'link' : match.groups?.['mention'] ? 'mention' : 'tag';
    segments.push({ kind, text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) segments.push({ kind: 'plain', text: text.slice(from) });
  return segments;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The three escapes that X and Reddit make in plain text. */
export const escapeText = (text: string): string => text.replace(/[&<>]/g, (char) => escapes[char] as string);

/** The five of HTML. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => escapes[char] as string);

/** Host and path as platforms shorten them for show. */
export function shortened(link: string, length = 27): string {
  const bare = link.replace(/^https?:\/\/(www\.)?/, '');
  return bare.length > length ? `${bare.slice(0, length)}…` : bare;
}
