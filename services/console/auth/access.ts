import { statSync } from 'node:fs';
import type { Clock } from '../../shared/clock.ts';
import { reasonOf, VigilError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { emptyAccess, readAccess, type Access } from './access-file.ts';
import type { AuthConfig } from './auth-config.ts';

const lookEveryMs = 1000;

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

export type AccessState = {
  /** Users and tokens as the file has them now; a change takes effect within a second. */
  current(): Access;
  /** Whether people have to say who they are. Once true it stays so, whatever becomes of the file. */
  closed(): boolean;
};

function hasAnybody({ users, tokens }: Access): boolean {
  return users.length > 0 || tokens.length > 0;
}

/** A number that changes with the file; 0 where there is none. */
function stampOf(file: string): string {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts ? `${facts.mtimeMs} ${facts.size} ${facts.ino}` : '';
}

/**
 * Who may come in, followed while the console runs.
 * @throws VigilError `CONFIG_CONSOLE_OPEN` when the page would stand open to a network, and as `readAccess`.
 */
export function openAccess(
  config: { readonly host: string; readonly auth: AuthConfig },
  deps: { readonly accessFile: string; readonly clock: Clock; readonly logger: Logger },
): AccessState {
  const { auth, host } = config;
  const { accessFile, clock, logger } = deps;
  let stamp = stampOf(accessFile);
  let access = readAccess(accessFile) ?? emptyAccess();
  let lookedAt = clock.monotonic();
  const byProxy = auth.proxy.addresses.length > 0;
  let closed = !isLoopback(host) || byProxy || hasAnybody(access);

  if (!isLoopback(host) && !byProxy && !hasAnybody(access) && auth.anonymous === 'none') {
    throw new VigilError(
      'CONFIG_CONSOLE_OPEN',
      `console.host is ${host}, which a network can reach, and nobody is known yet: run "vigilstream users add NAME --role admin", or set console.auth.proxy.addresses, or set console.host to 127.0.0.1`,
    );
  }

  function current(): Access {
    const now = clock.monotonic();
    if (now - lookedAt < lookEveryMs) return access;
    lookedAt = now;
    const seen = stampOf(accessFile);
    if (seen === stamp) return access;
    stamp = seen;
    try {
      access = readAccess(accessFile) ?? { ...access, users: [], tokens: [] };
      closed ||= hasAnybody(access);
      logger.info(
        { users: access.users.length, tokens: access.tokens.length },
        'the file of users was read again',
      );
    } catch (error) {
      logger.error(
        { reason: reasonOf(error) },
        'the file of users is not used: it was read before and stays as it was',
      );
    }
    return access;
  }

  return {
    current,
    closed() {
      current();
      return closed;
    },
  };
}
