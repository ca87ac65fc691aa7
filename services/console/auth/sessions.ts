import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Clock } from '../../shared/clock.ts';
import type { AppContext, Person } from '../env.ts';
import { peerOf } from '../security/addresses.ts';
import type { AccessState } from './access.ts';
import {
  newSession,
  readSession,
  sessionCookie,
  signSession,
  stampOf,
  type Session,
  type User,
} from './session.ts';

/** Whether the browser's side of the connection is encrypted, as far as we or a trusted proxy can say. */
export function isSecureRequest(c: AppContext, isProxy: (address: string) => boolean): boolean {
  if (c.req.url.startsWith('https:')) return true;
  return isProxy(peerOf(c)) && c.req.header('x-forwarded-proto') === 'https';
}

export type SessionFault = 'forged' | 'expired' | 'ended';

export type Sessions = {
  /** Gives the browser a session. */
  begin(c: AppContext, user: User): void;
  /** Ends the session that the browser holds, for every copy of its cookie, renewed or not; who it was of. */
  end(c: AppContext): Person | undefined;
  /** Whose session a request holds, or why it does not count; undefined where there is none. Changes nothing. */
  read(c: AppContext): Person | SessionFault | undefined;
  /** Renews a session that is half over, and takes away a cookie that does not count. */
  tend(c: AppContext): void;
};

const mostRevoked = 10_000;

/**
 * Sessions in signed cookies. Nothing is kept of them here but those that were signed out of, in memory; a new
 * password or the removal of the user ends them all, also across a restart.
 */
export function createSessions(deps: {
  readonly access: AccessState;
  readonly clock: Clock;
  readonly hours: number;
  readonly isProxy: (address: string) => boolean;
}): Sessions {
  const { access, clock, hours, isProxy } = deps;
  const revoked = new Set<string>();

  function give(c: AppContext, session: Session): void {
    setCookie(c, sessionCookie, signSession(session, access.current().sessionKey), {
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
      secure: isSecureRequest(c, isProxy),
      maxAge: Math.round(hours * 3600),
    });
  }

  function find(c: AppContext) {
    const cookie = getCookie(c, sessionCookie);
    if (cookie === undefined) return undefined;
    const { sessionKey, users } = access.current();
    const session = readSession(cookie, sessionKey, clock.now());
    if (typeof session === 'string') return session;
    const user = users.find(({ name }) => name === session.name);
    return user && stampOf(user) === session.stamp && !revoked.has(session.id) ? { session, user } : 'ended';
  }

  return {
    begin: (c, user) => give(c, newSession(user, clock.now(), hours)),
    read(c) {
      const found = find(c);
      if (found === undefined || typeof found === 'string') return found;
      return { name: found.user.name, role: found.user.role, via: 'session' };
    },
    tend(c) {
      const found = find(c);
      if (found === undefined) return;
      if (typeof found === 'string') {
        deleteCookie(c, sessionCookie, { path: '/' });
        return;
      }
      const { session, user } = found;
      const isHalfOver = clock.now() - session.issuedAt > (session.expiresAt - session.issuedAt) / 2;
      if (isHalfOver) give(c, newSession(user, clock.now(), hours, session.id));
    },
    end(c) {
      const found = find(c);
      deleteCookie(c, sessionCookie, { path: '/' });
      if (found === undefined || typeof found === 'string') return undefined;
      revoked.add(found.session.id);
      if (revoked.size > mostRevoked) revoked.delete(revoked.values().next().value ?? '');
      return { name: found.user.name, role: found.user.role, via: 'session' };
    },
  };
}
