import type { IncomingHttpHeaders } from 'node:http';

/** Host name of a Host header, without port and in lower case; empty where there is none. */
function hostName(header: string | undefined): string {
  return (/^(\[[0-9a-f:.]+\]|[^:\s/@]+)(?::\d+)?$/i.exec(header ?? '')?.[1] ?? '').toLowerCase();
}

/**
 * Whether a request was addressed to us by name. A page of a foreign site can point its own name at
 * 127.0.0.1 (DNS rebinding) and then read what lies there; its requests carry that name. Requests that a
 * browser marks as another site's are refused too.
 */
export function hostCheck(
  allowed: readonly string[],
  listening: string,
): (h: IncomingHttpHeaders) => boolean {
  const bracketed = listening.includes(':') ? `[${listening}]` : listening;
  const names = new Set(
    ['127.0.0.1', 'localhost', '[::1]', bracketed, ...allowed].map((name) => name.toLowerCase()),
  );
  return (headers) => headers['sec-fetch-site'] !== 'cross-site' && names.has(hostName(headers.host));
}
