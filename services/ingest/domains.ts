/** Hosts that put every author's name in front of their own: the name is left out. */
const hosters =
  /\.(bsky\.social|wordpress\.com|tumblr\.com|substack\.com|github\.io|livejournal\.com|medium\.com|wixsite\.com|weebly\.com|blogspot\.[a-z.]{2,6})$/;

/**
 * Domain of an address, in lower case and without `www.`; undefined where there is none. Where the domain
 * names an author (`name.tumblr.com`) only the host's part is kept.
 */
export function domainOf(address: string): string | undefined {
  const match = /^(?:[a-z][a-z0-9+.-]{0,20}:\/\/)?(?:[^\s/?#@]{0,200}@)?([^\s/?#:@]{1,253})/i.exec(address);
  const host = match?.[1]
    ?.toLowerCase()
    .replace(/^www\./, '')
    .replace(/\.$/, '');
  if (host === undefined || !host.includes('.') || host.startsWith('.')) return undefined;
  return hosters.exec(host)?.[1] ?? host;
}
