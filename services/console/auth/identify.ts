import { createHash, timingSafeEqual } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Clock } from '../../shared/clock.ts';
import { roles, type AppContext, type Person, type Role } from '../env.ts';
import { Problem } from '../problem.ts';
import { peerOf } from '../security/addresses.ts';
import type { AccessState } from './access.ts';
import type { AuthConfig } from './auth-config.ts';
import { personName, type Access } from './access-file.ts';
import { newSession, readSession, sessionCookie, signSession, stampOf, type User } from './session.ts';

export type IdentifyDeps = {
  readonly access: AccessState;
  readonly clock: Clock;
  readonly isProxy: (address: string) => boolean;
  /** Whether a session was signed out of. */
  readonly isRevoked?: (id: string) => boolean;
};

/** Whether the browser's side of the connection is encrypted, as far as we or a trusted proxy can say. */
export function isSecureRequest(c: AppContext, isProxy: (address: string) => boolean): boolean {
  if (c.req.url.startsWith('https:')) return true;
  return isProxy(peerOf(c)) && c.req.header('x-forwarded-proto') === 'https';
}

/** Gives the browser a session. */
export function setSession(
  c: AppContext,
  user: User,
  key: string,
  options: { readonly hours: number; readonly now: number; readonly secure: boolean },
): void {
  const { hours, now, secure } = options;
  setCookie(c, sessionCookie, signSession(newSession(user, now, hours), key), {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure,
    maxAge: Math.round(hours * 3600),
  });
}

function byToken(header: string, { tokens }: Access): Person {
  const given = createHash('sha256')
    .update(header.replace(/^bearer +/i, '').trim())
    .digest();
  const token = tokens.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), given));
  if (token) return { name: token.name, role: token.role, via: 'token' };
  throw new Problem(
    401,
    'The token is not known',
    { detail: 'Make one with "vigilstream users token NAME --role reader".' },
    { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  );
}

function byProxy(c: AppContext, { proxy }: AuthConfig, { users }: Access): Person | undefined {
  const name = c.req.header(proxy.nameHeader);
  if (!name) return undefined;
  if (!personName.safeParse(name).success) {
    throw new Problem(401, 'The proxy names nobody', {
      detail: `The header ${proxy.nameHeader} must hold a name of letters, digits and . @ _ - only.`,
    });
  }
  const stated = proxy.roleHeader === '' ? undefined : c.req.header(proxy.roleHeader);
  const role: Role =
    users.find((user) => user.name === name)?.role ?? roles.find((r) => r === stated) ?? proxy.role;
  return { name, role, via: 'proxy' };
}

/** An answer for somebody who is not known: the page of signing in for a browser, a problem for a program. */
function askToSignIn(c: AppContext, why: string): Response {
  const isPage = c.req.method === 'GET' && !c.req.path.startsWith('/api/v1') && c.req.path !== '/metrics';
  if (!isPage) {
    throw new Problem(
      401,
      'Sign in first',
      {
        detail: why === '' ? 'Send a bearer token, or sign in at /login.' : why,
        code: why === '' ? 'NOT_SIGNED_IN' : 'SESSION_INVALID',
      },
      { 'WWW-Authenticate': 'Bearer' },
    );
  }
  const url = new URL(c.req.url);
  const query = new URLSearchParams({ next: `${url.pathname}${url.search}` });
  if (why !== '') query.set('ended', '1');
  return c.redirect(`/login?${query.toString()}`, 303);
}

/** Headers that a proxy adds: a request that has one did not begin on this machine, whoever the peer is. */
const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip'];

/**
 * Who a request comes from: a bearer token, a trusted proxy's word, a session, or, where nobody has to say
 * who they are, the one local person. A session that is forged or over is taken away, and said so.
 * @returns the person, or the redirection to the page of signing in.
 * @throws Problem 401.
 */
export function createIdentify(auth: AuthConfig, deps: IdentifyDeps): (c: AppContext) => Person | Response {
  const { access, clock, isProxy } = deps;

  function bySession(c: AppContext, cookie: string, known: Access): Person | string {
    const now = clock.now();
    const session = readSession(cookie, known.sessionKey, now);
    if (session === 'forged') return 'The session was not made here: sign in again.';
    if (session === 'expired') return 'The session is over: sign in again.';
    const user = known.users.find(({ name }) => name === session.name);
    if (!user || stampOf(user) !== session.stamp || deps.isRevoked?.(session.id)) {
      return 'The session has ended: sign in again.';
    }
    if (now - session.issuedAt > (session.expiresAt - session.issuedAt) / 2) {
      const secure = isSecureRequest(c, isProxy);
      setSession(c, user, known.sessionKey, { hours: auth.sessionHours, now, secure });
    }
    return { name: user.name, role: user.role, via: 'session' };
  }

  return function identify(c) {
    const known = access.current();
    const header = c.req.header('authorization') ?? '';
    if (/^bearer /i.test(header)) return byToken(header, known);
    const named = isProxy(peerOf(c)) ? byProxy(c, auth, known) : undefined;
    if (named) return named;
    const cookie = getCookie(c, sessionCookie);
    let why = '';
    if (cookie !== undefined) {
      const found = bySession(c, cookie, known);
      if (typeof found !== 'string') return found;
      why = found;
      deleteCookie(c, sessionCookie, { path: '/' });
    }
    if (auth.anonymous !== 'none') return { name: 'anonymous', role: auth.anonymous, via: 'anonymous' };
    if (!access.closed() && !forwarded.some((name) => c.req.header(name) !== undefined)) {
      return { name: auth.localName, role: 'admin', via: 'local' };
    }
    return askToSignIn(c, why);
  };
}
