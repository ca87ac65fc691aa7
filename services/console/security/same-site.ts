import type { AppContext } from '../env.ts';
import { Problem } from '../problem.ts';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

function originIsOurs(c: AppContext, origin: string): boolean {
  try {
    return new URL(origin).host.toLowerCase() === (c.req.header('host') ?? '').toLowerCase();
  } catch {
    return false;
  }
}

/**
 * Refuses a change that another site asks for in the name of a person who is signed in here (CSRF). Browsers
 * state the origin of every change; a program states none, and then only a body of JSON is taken, which no
 * foreign form can send. A bearer token is never sent by a browser on its own.
 * @throws Problem 403.
 */
export function checkSameSite(c: AppContext): void {
  if (safe.has(c.req.method)) return;
  if (/^bearer /i.test(c.req.header('authorization') ?? '')) return;
  const [site, origin] = [c.req.header('sec-fetch-site'), c.req.header('origin')];
  if (site === 'same-origin') return;
  if (origin !== undefined && originIsOurs(c, origin) && (site === undefined || site === 'none')) return;
  const json = /^application\/json\b/i.test(c.req.header('content-type') ?? '');
  if (site === undefined && origin === undefined && json) return;
  throw new Problem(403, 'The request came from another site', {
    detail: 'Changes are taken from the pages of this console, or as application/json from a program.',
  });
}
