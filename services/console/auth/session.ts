import { createHmac, timingSafeEqual } from 'node:crypto';
import { randomId, sha256Hex } from '../../shared/ids.ts';
import type { Access } from './access-file.ts';

export const sessionCookie = 'vigilstream_session';

export type Session = {
  readonly id: string;
  readonly name: string;
  /** Fingerprint of the password's hash: a new password ends all sessions of the old one. */
  readonly stamp: string;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAt: number;
  readonly expiresAt: number;
};

export type User = Access['users'][number];

/** What ties a session to the present password of a user. */
export function stampOf(user: User): string {
  return sha256Hex(user.password ?? '', 16);
}

/** A session that begins now; one that is renewed keeps its id, so that ending it ends all its copies. */
export function newSession(user: User, now: number, hours: number, id = randomId()): Session {
  return {
    id,
    name: user.name,
    stamp: stampOf(user),
    issuedAt: now,
    expiresAt: now + hours * 3_600_000,
  };
}

function signature(body: string, key: string): Buffer {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(`session.${body}`).digest();
}

/** The session as a cookie's value: body and HMAC-SHA256, base64url. */
export function signSession(session: Session, key: string): string {
  const body = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${body}.${signature(body, key).toString('base64url')}`;
}

/** The session in a cookie, `forged` when it was not signed here, `expired` when its time is over. */
export function readSession(cookie: string, key: string, now: number): Session | 'forged' | 'expired' {
  const [body = '', mark = ''] = cookie.split('.');
  const given = Buffer.from(mark, 'base64url');
  const wanted = signature(body, key);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'forged';
  const session = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Session;
  return session.expiresAt > now ? session : 'expired';
}
