import { createHash, timingSafeEqual } from 'node:crypto';
import { roles, type AppContext, type Person, type Role } from '../env.ts';
import { Problem } from '../problem.ts';
import { peerOf } from '../security/addresses.ts';
import type { AccessState } from './access.ts';
import { personName, type Access } from './access-file.ts';
import type { AuthConfig } from './auth-config.ts';
import type { SessionFault, Sessions } from './sessions.ts';

export type IdentifyDeps = {
  readonly access: AccessState;
  readonly sessions: Sessions;
  readonly isProxy: (address: string) => boolean;
};

function byToken(header: string, { tokens }: Access): Person {
  const given = createHash('sha256')
    .update(header.replace(/^bearer +/i, '').trim())
    .digest();
  const token = tokens.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), given));
  if (token) return { name: token.name, role: token.role, via: 'token' };
  throw new Problem(
    401,
    'The token is not known',
    { detail: 'Make one with "vigilstream users token NAME --role reader".', code: 'TOKEN_UNKNOWN' },
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
    users.find((user) => user.name === name)?.role ?? roles.find((one) => one === stated) ?? proxy.role;
  return { name, role, via: 'proxy' };
}

const faults: Record<SessionFault, string> = {
  forged: 'The session was not made here: sign in again.',
  expired: 'The session is over: sign in again.',
  ended: 'The session has ended: sign in again.',
};

/** An answer for somebody who is not known: the page of signing in for a browser, a problem for a program. */
function askToSignIn(c: AppContext, fault: SessionFault | undefined): Response {
  const isPage = c.req.method === 'GET' && !c.req.path.startsWith('/api/v1') && c.req.path !== '/metrics';
  if (!isPage) {
    const details = fault
      ? { detail: faults[fault], code: 'SESSION_INVALID' }
      : { detail: 'Send a bearer token, or sign in at /login.', code: 'NOT_SIGNED_IN' };
    throw new Problem(401, 'Sign in first', details, { 'WWW-Authenticate': 'Bearer' });
  }
  const url = new URL(c.req.url);
  const query = new URLSearchParams({ next: `${url.pathname}${url.search}` });
  if (fault) query.set('why', fault);
  return c.redirect(`/login?${query.toString()}`, 303);
}

/** Headers that a proxy adds: a request that has one did not begin on this machine, whoever the peer is. */
const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip'];

/** Who a request comes from, or why its session does not count; undefined where nobody is named. */
export type Recognise = (c: AppContext) => Person | SessionFault | undefined;

/**
 * Tells who a request comes from: a bearer token, a trusted proxy's word, a session, or, where nobody has to
 * say who they are, the one local person. It changes nothing, so it can be asked again while an answer lasts.
 * @throws Problem 401 for a token that is not known and a name that cannot be one.
 */
export function createRecognise(auth: AuthConfig, deps: IdentifyDeps): Recognise {
  const { access, sessions, isProxy } = deps;
  return function recognise(c) {
    const known = access.current();
    const header = c.req.header('authorization') ?? '';
    if (/^bearer /i.test(header)) return byToken(header, known);
    const named = isProxy(peerOf(c)) ? byProxy(c, auth, known) : undefined;
    if (named) return named;
    const session = sessions.read(c);
    if (session !== undefined) return session;
    if (auth.anonymous !== 'none') return { name: 'anonymous', role: auth.anonymous, via: 'anonymous' };
    if (access.closed() || forwarded.some((name) => c.req.header(name) !== undefined)) return undefined;
    return { name: auth.localName, role: 'admin', via: 'local' };
  };
}

/**
 * Who a request comes from. A session in use is renewed; one that is forged or over is taken away, and said so.
 * @returns the person, or the redirection to the page of signing in.
 * @throws Problem 401.
 */
export function identify(c: AppContext, recognise: Recognise, sessions: Sessions): Person | Response {
  const found = recognise(c);
  const isPerson = typeof found === 'object';
  if (!isPerson || found.via === 'session') sessions.tend(c);
  return isPerson ? found : askToSignIn(c, found);
}

/** Whether whoever asked would still be let in: users, tokens and sessions end while a long answer goes on. */
export function mayStay(c: AppContext, recognise: Recognise): boolean {
  try {
    return typeof recognise(c) === 'object';
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
