import { createMiddleware } from 'hono/factory';
import { bodyLimit } from 'hono/body-limit';
import type { Audit } from '../audit.ts';
import { createRecognise, identify, mayStay } from '../auth/identify.ts';
import { isSecureRequest, type Sessions } from '../auth/sessions.ts';
import type { AccessState } from '../auth/access.ts';
import type { AuthConfig } from '../auth/auth-config.ts';
import type { ConsoleDeps } from '../deps.ts';
import { type AppContext, type Env } from '../env.ts';
import { Problem, problemResponse } from '../problem.ts';
import { clientAddress } from './addresses.ts';
import { setSecurityHeaders } from './headers.ts';
import { createRateLimit } from './limits.ts';
import type { LimitsConfig } from './limits-config.ts';
import { checkSameSite } from './same-site.ts';

/** What is answered to anybody, so that a page of signing in can be shown and a machine can ask how we are. */
const open = /^\/(assets\/[^/]+|login|logout|healthz|readyz)$/;

export type DoorConfig = {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
};

export type DoorDeps = Pick<ConsoleDeps, 'clock' | 'demo' | 'version'> & {
  readonly access: AccessState;
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly isProxy: (address: string) => boolean;
};

/**
 * What every request passes, in this order: headers of the answer, name of the host, rate of the address,
 * size of the body, origin of changes, who it is, rate of the person.
 */
export function createDoor(config: DoorConfig, deps: DoorDeps) {
  const { access, audit, sessions } = deps;
  const names = new Set(config.allowedHosts.map((name) => name.toLowerCase()));
  const { isProxy } = deps;
  const perAddress = createRateLimit(config.limits.addressPerMinute, deps.clock);
  const perPerson = createRateLimit(config.limits.personPerMinute, deps.clock);
  const recognise = createRecognise(config.auth, { access, sessions, isProxy });
  const shell = { demo: deps.demo, version: deps.version };

  const around = createMiddleware<Env>(async (c, next) => {
    await next();
    setSecurityHeaders(c, isSecureRequest(c, isProxy));
  });
  const size = bodyLimit({
    maxSize: config.limits.bodyBytes,
    onError: (c) =>
      problemResponse(
        c as AppContext,
        new Problem(413, 'The body is too large', {
          detail: `At most ${config.limits.bodyBytes} bytes are taken.`,
        }),
      ),
  });
  const inside = createMiddleware<Env>(async (c, next) => {
    const host = (c.req.header('host') ?? '').toLowerCase().replace(/:\d+$/, '');
    if (!names.has(host)) {
      throw new Problem(421, 'This host name is not known here', {
        detail: 'Add the name to console.allowedHosts.',
      });
    }
    const address = clientAddress(c, isProxy);
    c.set('address', address);
    c.set('shell', shell);
    perAddress(address);
    checkSameSite(c);
    if (!open.test(c.req.path)) {
      const person = identify(c, recognise, sessions);
      if (person instanceof Response) return person;
      c.set('person', person);
      c.set('mayStay', () => mayStay(c, recognise));
      c.set('audit', (action, object, detail) => audit.record(person, action, object, detail));
      perPerson(`${person.via} ${person.name}`);
    }
    await next();
    return undefined;
  });
  return [around, inside, size] as const;
}
