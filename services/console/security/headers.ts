import type { AppContext } from '../env.ts';

/** Under the policy `no-referrer` our own forms would come with `Origin: null`, which `checkSameSite` refuses. */
const fixed: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Headers of every answer: nothing inline, nothing from another host, not in a frame, nothing kept by caches. */
export function setSecurityHeaders(c: AppContext, isSecure: boolean): void {
  for (const [name, value] of Object.entries(fixed)) c.header(name, value);
  if (isSecure) c.header('Strict-Transport-Security', 'max-age=31536000');
  if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'no-store');
}
